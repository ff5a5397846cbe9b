-- Who read what about whom, and what was ordered of nodes. `id` grows with time; `subject` is the id of an identity, or empty.
-- Every statement runs alike on SQLite and PostgreSQL, and may run again. Times are seconds since 1970.
CREATE TABLE IF NOT EXISTS console_read (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    session TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS console_read_subject ON console_read (subject, id);
CREATE INDEX IF NOT EXISTS console_read_at ON console_read (at);
CREATE INDEX IF NOT EXISTS console_read_actor ON console_read (actor, id);
CREATE INDEX IF NOT EXISTS console_read_kind ON console_read (kind, id);
