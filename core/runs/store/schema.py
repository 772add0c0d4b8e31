"""The tables of the store, and how a database of an earlier version becomes one of this version.

``MIGRATIONS[n]`` turns version n into version n + 1; version 0 is an empty database. A migration that has been released is never changed.

Large tables are laid out for how they are read: responses are linked to runs in problem order, so that a problem's responses lie
together and can be counted without reading them; a key of 64 characters is kept once and referred to by number; equal texts are
counted by digest. A table WITHOUT ROWID names the columns of its key first: SQLite 3.40's own check finds fault with others.
"""

from __future__ import annotations

APPLICATION_ID = 0x436F6775
"""Written into the database's header (``Cogu``), so that another program's database is never taken for ours."""

_FIRST = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    phases TEXT NOT NULL,
    target TEXT NOT NULL,
    settings TEXT NOT NULL,
    parent INTEGER REFERENCES runs(number),
    reason TEXT NOT NULL DEFAULT '',
    created REAL NOT NULL,
    environment TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs(number),
    step TEXT NOT NULL,
    phase TEXT NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    queued REAL,
    started REAL,
    ended REAL,
    exit INTEGER,
    cause TEXT NOT NULL DEFAULT '',
    summary TEXT NOT NULL DEFAULT '',
    UNIQUE (run, step)
);
CREATE TABLE tries (
    id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL REFERENCES steps(id),
    number INTEGER NOT NULL,
    machine TEXT NOT NULL,
    pid INTEGER,
    birth TEXT,
    started REAL NOT NULL,
    seen REAL NOT NULL,
    ended REAL,
    seconds REAL NOT NULL DEFAULT 0,
    exit INTEGER,
    outcome TEXT,
    text TEXT NOT NULL DEFAULT '',
    log TEXT NOT NULL,
    UNIQUE (step, number)
);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    step INTEGER NOT NULL,
    time REAL NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    data TEXT NOT NULL
);
CREATE INDEX events_latest ON events (step, kind, subject, seq);
CREATE INDEX events_notes ON events (run, seq) WHERE kind = 'note';
CREATE TABLE losses (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    step INTEGER NOT NULL,
    time REAL NOT NULL,
    x INTEGER NOT NULL,
    max_steps INTEGER,
    epoch REAL,
    num_train_epochs REAL,
    loss REAL,
    learning_rate REAL,
    grad_norm REAL,
    tokens_per_second REAL
);
CREATE INDEX losses_step ON losses (step, id);
CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    digest INTEGER NOT NULL,
    category TEXT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (name, digest)
);
CREATE TABLE problem_roles (
    run INTEGER NOT NULL,
    role TEXT NOT NULL,
    position INTEGER NOT NULL,
    problem INTEGER NOT NULL REFERENCES problems(id),
    step INTEGER NOT NULL,
    PRIMARY KEY (run, role, position),
    UNIQUE (run, role, problem)
) WITHOUT ROWID;
CREATE TABLE keys (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    engine TEXT NOT NULL,
    sampling TEXT NOT NULL,
    UNIQUE (model, engine, sampling)
);
CREATE TABLE responses (
    id INTEGER PRIMARY KEY REFERENCES keys(id),
    problem TEXT NOT NULL,
    sample INTEGER NOT NULL,
    source INTEGER NOT NULL REFERENCES sources(id),
    text TEXT NOT NULL,
    digest INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    finish TEXT NOT NULL,
    logprob REAL,
    step INTEGER NOT NULL,
    time REAL NOT NULL
);
CREATE TABLE response_roles (
    run INTEGER NOT NULL,
    role TEXT NOT NULL,
    problem TEXT NOT NULL,
    response INTEGER NOT NULL REFERENCES responses(id),
    digest INTEGER NOT NULL,
    source INTEGER NOT NULL,
    step INTEGER NOT NULL,
    PRIMARY KEY (run, role, problem, response)
) WITHOUT ROWID;
CREATE TABLE graders (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE grades (
    response INTEGER NOT NULL REFERENCES keys(id),
    grader INTEGER NOT NULL REFERENCES graders(id),
    answer TEXT,
    correct INTEGER,
    reason TEXT NOT NULL,
    PRIMARY KEY (response, grader)
) WITHOUT ROWID;
CREATE TABLE verdicts (
    response INTEGER NOT NULL REFERENCES keys(id),
    judge INTEGER NOT NULL REFERENCES graders(id),
    problem TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    dollars REAL NOT NULL,
    PRIMARY KEY (response, judge)
) WITHOUT ROWID;
CREATE TABLE measurements (
    run INTEGER NOT NULL,
    step INTEGER NOT NULL,
    moment TEXT NOT NULL,
    category TEXT NOT NULL,
    metric TEXT NOT NULL,
    value REAL,
    n INTEGER NOT NULL,
    low REAL,
    high REAL,
    PRIMARY KEY (run, step, moment, category, metric)
) WITHOUT ROWID;
CREATE TABLE training_rows (
    step INTEGER NOT NULL,
    position INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (step, position)
) WITHOUT ROWID;
CREATE TABLE artifacts (
    step INTEGER NOT NULL,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (step, path)
) WITHOUT ROWID;
CREATE TABLE spending (
    try INTEGER NOT NULL REFERENCES tries(id),
    kind TEXT NOT NULL,
    seconds REAL NOT NULL,
    dollars REAL NOT NULL,
    PRIMARY KEY (try, kind)
) WITHOUT ROWID;
CREATE TABLE telemetry (id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, data TEXT NOT NULL);
CREATE INDEX telemetry_time ON telemetry (time);
CREATE TABLE gates (
    run INTEGER NOT NULL,
    gate TEXT NOT NULL,
    verdict TEXT NOT NULL,
    view TEXT NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (run, gate)
) WITHOUT ROWID;
CREATE TABLE overrides (
    run INTEGER NOT NULL,
    gate TEXT NOT NULL,
    reason TEXT NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (run, gate)
) WITHOUT ROWID;
CREATE TABLE supervisor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    machine TEXT NOT NULL,
    pid INTEGER NOT NULL,
    birth TEXT NOT NULL,
    started REAL NOT NULL,
    heartbeat REAL NOT NULL,
    ended REAL,
    stop TEXT NOT NULL DEFAULT ''
);
"""

_YARDSTICKS = """
ALTER TABLE problems ADD COLUMN yardstick TEXT NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN shown TEXT NOT NULL DEFAULT '';
UPDATE problems SET yardstick = yardstick_of(data), shown = shown_of(data);
ALTER TABLE grades RENAME TO earlier_grades;
CREATE TABLE grades (
    response INTEGER NOT NULL REFERENCES keys(id),
    grader INTEGER NOT NULL REFERENCES graders(id),
    yardstick TEXT NOT NULL,
    answer TEXT,
    correct INTEGER,
    reason TEXT NOT NULL,
    PRIMARY KEY (response, grader, yardstick)
) WITHOUT ROWID;
INSERT INTO grades SELECT response, grader, '', answer, correct, reason FROM earlier_grades;
DROP TABLE earlier_grades;
ALTER TABLE verdicts RENAME TO earlier_verdicts;
CREATE TABLE verdicts (
    response INTEGER NOT NULL REFERENCES keys(id),
    judge INTEGER NOT NULL REFERENCES graders(id),
    yardstick TEXT NOT NULL,
    problem TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    dollars REAL NOT NULL,
    PRIMARY KEY (response, judge, yardstick)
) WITHOUT ROWID;
INSERT INTO verdicts SELECT response, judge, '', problem, outcome, reason, dollars FROM earlier_verdicts;
DROP TABLE earlier_verdicts;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _YARDSTICKS)
VERSION = len(MIGRATIONS)

OLDEST_READ = 1
"""The earliest version that is read as it is, seen through ``READ_AS_NEWEST``."""

READ_AS_NEWEST: tuple[tuple[str, ...], ...] = (
    (),
    (
        "CREATE TEMP VIEW problems AS SELECT *, '' AS yardstick, '' AS shown FROM main.problems",
        "CREATE TEMP VIEW grades AS SELECT *, '' AS yardstick FROM main.grades",
        "CREATE TEMP VIEW verdicts AS SELECT *, '' AS yardstick FROM main.verdicts",
    ),
)
"""By version: views of a reader's own that give the tables of an earlier version the columns that queries name."""
