from tests.unit.steps.playing import play  # noqa: F401
