-- Who decides here, what they decided, and who has what. Times are milliseconds since 1970, UTC.

-- A person is never removed, only disabled: their name stands under decisions.
create table person (
    name         text   not null primary key,
    role         text   not null check (role in ('reader', 'reviewer', 'admin')),
    password     text   not null,
    created_at   bigint not null,
    disabled_at  bigint,
    failures     bigint not null default 0,
    locked_until bigint
);

-- Somebody at a browser. Only the hash of the cookie is kept.
create table session (
    sha256     text   not null primary key check (length(sha256) = 64),
    person     text   not null references person (name),
    created_at bigint not null,
    expires_at bigint not null
);
create index session_by_person on session (person);
create index session_by_end on session (expires_at);

-- A program that acts for a person. Only the hash of the token is kept; a revoked one stays, for the downloads it made.
create table api_token (
    id         text   not null primary key,
    sha256     text   not null unique check (length(sha256) = 64),
    person     text   not null references person (name),
    label      text   not null,
    role       text   not null check (role in ('reader', 'reviewer', 'admin')),
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint
);

-- A decision on one version with its bytes, or on a range of one package. Withdrawn, never deleted.
create table review (
    id               text    not null primary key,
    name             text    not null,
    version          text,
    sha512           text    check (sha512 is null or length(sha512) = 128),
    semver_range     text,
    decision         text    not null check (decision in ('approve', 'reject')),
    lifts_block      boolean not null,
    reason           text    not null,
    person           text    not null references person (name),
    at               bigint  not null,
    expires_at       bigint,
    withdrawn_at     bigint,
    withdrawn_by     text,
    withdrawn_reason text,
    check ((version is null) = (sha512 is null)),
    check ((version is null) <> (semver_range is null)),
    check (decision = 'reject' or semver_range is null or expires_at is not null),
    check (not lifts_block or (decision = 'approve' and version is not null and expires_at is not null))
);
create index review_by_name on review (name, at);
create index review_by_time on review (at);

-- The log becomes a chain: each hash covers the one before. Lines from before this migration have none.
alter table event add column actor text;
alter table event add column hash text;
create index event_by_package on event (name, version, id);

-- Who got what, one row per version and client: a token (t:ID) or an address (a:ADDRESS).
create table download (
    name      text   not null,
    version   text   not null,
    client    text   not null,
    agent     text   not null,
    first_at  bigint not null,
    last_at   bigint not null,
    downloads bigint not null,
    primary key (name, version, client)
);
create index download_by_age on download (last_at);

-- Who asked for what is held.
create table refusal (
    name      text   not null,
    version   text   not null,
    client    text   not null,
    agent     text   not null,
    first_at  bigint not null,
    last_at   bigint not null,
    refusals  bigint not null,
    primary key (name, version, client)
);
create index refusal_by_age on refusal (last_at);

-- What was held when its package was last judged: the queue. Derived; judging again writes it again.
create table held (
    name    text   not null,
    version text   not null,
    outcome text   not null,
    rule    text   not null,
    reason  text   not null,
    until   bigint,
    since   bigint not null,
    primary key (name, version)
);
create index held_by_time on held (since);
