-- What the console knows about who signs in. No secret stands here: of tokens and keys only their SHA-256.
-- Every statement runs alike on SQLite and PostgreSQL, and may run again. Times are seconds since 1970.

-- `token_hash` finds the session of a cookie; `id` names it where people see it.
CREATE TABLE IF NOT EXISTS session (
    token_hash TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    method TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    proven_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS session_subject ON session (subject);
CREATE INDEX IF NOT EXISTS session_expiry ON session (expires_at);

-- What the console asked somebody to prove; used once, then gone.
CREATE TABLE IF NOT EXISTS login_challenge (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    source TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS login_challenge_expiry ON login_challenge (expires_at);
CREATE INDEX IF NOT EXISTS login_challenge_source ON login_challenge (source);

CREATE TABLE IF NOT EXISTS passkey (
    credential TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    algorithm BIGINT NOT NULL,
    public_key TEXT NOT NULL,
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS passkey_subject ON passkey (subject);

CREATE TABLE IF NOT EXISTS api_key (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS api_key_subject ON api_key (subject);

-- People of an identity provider, and whom of the ledger they proved to be.
CREATE TABLE IF NOT EXISTS provider_link (
    external TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    linked_at BIGINT NOT NULL
);

-- The one-time link that makes an administrator.
CREATE TABLE IF NOT EXISTS setup_link (
    token_hash TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);

-- Every attempt to sign in, and what else happens to sessions and keys. `id` grows with time.
CREATE TABLE IF NOT EXISTS login_attempt (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    method TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    source TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS login_attempt_source ON login_attempt (source, at);
CREATE INDEX IF NOT EXISTS login_attempt_subject ON login_attempt (subject, id);
CREATE INDEX IF NOT EXISTS login_attempt_at ON login_attempt (at);
