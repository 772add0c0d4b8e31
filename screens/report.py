"""The report of an attempt, to be read here: chapters with a table of contents, plots in text, and exports."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from core.errors import CogumiError
from core.report.document import Document
from core.report.markdown import markdown
from core.runs.snapshot import Snapshot
from core.text import plain_line
from screens import figures
from screens.ink import Line, wrapped
from screens.keys import bindings
from screens.latest import Latest
from screens.reading import Reported
from screens.report_lines import Style, block_lines, head_lines
from screens.titled import TextScreen
from screens.widgets.footer import Footer
from screens.widgets.glyphs import Glyphs
from screens.widgets.reader import Chapter, Reader
from screens.widgets.title import TitleBar


def chapters(document: Document, glyphs: Glyphs, unfolded: bool, fold_hint: str) -> list[Chapter]:
    """The document's sections as they are read; what stands before them goes with the first."""

    def drawn(number: int, width: int) -> list[Line]:
        style = Style(width, glyphs, unfolded, fold_hint=fold_hint)
        lines = block_lines(document.sections[number].blocks, style)
        return [*head_lines(document, style), [], *lines] if number == 0 else lines

    def chapter(number: int) -> Chapter:
        section = document.sections[number]
        short = section.title.replace("Before against after, ", "").partition(" (")[0]
        return Chapter(glyphs.say(section.title), lambda width: drawn(number, width), glyphs.say(short))

    return [chapter(number) for number in range(len(document.sections))]


class ReportScreen(TextScreen):
    """Made in a thread when it is opened; ``u`` makes it again when the work has gone on."""

    SCOPE = "report"
    BINDINGS = bindings("report")

    def __init__(self, attempt: int | None = None) -> None:
        super().__init__()
        self._attempt = attempt
        self._reported: Reported | None = None
        self._making = Latest(self._arrived)
        self._unfolded = False
        self._made_at = 0
        self._made = 0.0
        self._sequence = 0
        self.bar = TitleBar("Report")
        self.scrolled = self.reader = Reader()

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.reader
        yield Footer("report")

    def on_mount(self) -> None:
        self._make()

    def _make(self) -> None:
        """Asks for the report; what is shown stays until it comes."""
        wanted, source = self._attempt, self.host.source
        self._made_at = self.host.snapshot.sequence if self.host.snapshot else 0
        self.bar.tell([("making the report", "dim")])
        self._making.ask(self.host, lambda: source.report(wanted))

    def _arrived(self, reported: Reported | CogumiError) -> None:
        if isinstance(reported, CogumiError):
            self._refused(str(reported))
            return
        again = self._reported is not None and self._reported.attempt == reported.attempt
        self._reported, self._attempt, self._made = reported, reported.attempt, self.host.now()
        self._show(keep_place=again)

    def _refused(self, sentence: str) -> None:
        """Says why there is no report; one that is shown already stays."""
        self.bar.tell([(plain_line(sentence), "warn")])
        if self._reported is None:
            self.bar.tell([])
            self.reader.show([Chapter("No report", lambda width: [[(line, "text")] for line in wrapped(plain_line(sentence), width)])])

    def _show(self, keep_place: bool) -> None:
        assert self._reported is not None
        glyphs = self.host.glyphs
        hint = f"{self.host.keys.first('report_unfold', glyphs.ascii)} shows it"
        self.reader.show(chapters(self._reported.document, glyphs, self._unfolded, hint), keep_place)
        self._tell()

    def take(self, snapshot: Snapshot, now: float) -> None:
        super().take(snapshot, now)
        self._sequence = snapshot.sequence
        self._tell()

    def on_reader_moved(self) -> None:
        self._tell()

    def _tell(self) -> None:
        if self._reported is None:
            return
        glyphs = self.host.glyphs
        separator = f" {glyphs.separator} "
        many = f" of {len(self._reported.attempts)}" if len(self._reported.attempts) > 1 else ""
        about: Line = [(f"attempt {self._reported.attempt}{many}", "text")]
        if self._sequence > self._made_at:
            about.append((f"{separator}outdated: {self.host.keys.first('report_again', glyphs.ascii)} renews it", "warn"))
        where: Line = []
        if self.reader.chapters:
            where.append((f"{separator}{self.reader.at + 1}/{len(self.reader.chapters)}", "dim"))
            where.append((f"{separator}{self.reader.share * 100:.0f} %", "dim"))
        self.bar.tell([*about, *where, (f"{separator}made {figures.clock(self._made)}", "dim")], [*about, *where], about)

    def action_chapter(self, by: int) -> None:
        self.reader.step(by)

    def action_go(self, number: int) -> None:
        self.reader.go(number - 1)

    def action_unfold(self) -> None:
        if self._reported is not None:
            self._unfolded = not self._unfolded
            self._show(keep_place=True)

    def action_again(self) -> None:
        self._make()

    def action_attempt(self, by: int) -> None:
        """To the next or previous attempt; it stops at both ends."""
        if self._reported is None:
            return
        numbers = self._reported.attempts
        at = numbers.index(self._reported.attempt) if self._reported.attempt in numbers else 0
        wanted = numbers[min(max(at + by, 0), len(numbers) - 1)]
        if wanted != self._reported.attempt:
            self._attempt = wanted
            self._make()
        else:
            self.notify(f"There is no {'earlier' if by < 0 else 'later'} attempt.", markup=False)

    def action_export(self) -> None:
        if self._reported is not None:
            self.host.open_export(self._reported.attempt)

    def action_copy(self) -> None:
        """The chapter that is being read, as Markdown."""
        if self._reported is not None and self.reader.chapters:
            document = self._reported.document
            section = document.sections[self.reader.at]
            one = Document(document.title, document.subtitle, (), (section,))
            self.host.copy(markdown(one), f"the chapter {section.title} as Markdown")
