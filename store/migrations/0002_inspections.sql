-- What inspections found, and what is to be inspected. Times are milliseconds since 1970, UTC.

-- The inspection of a version that is in force: a later one takes its place. Its bytes are the version's pin.
create table inspection (
    name           text   not null,
    version        text   not null,
    sha512         text   not null check (length(sha512) = 128),
    against        text,
    against_sha512 text   not null check (length(against_sha512) in (0, 128)),
    inspector      text   not null,
    outcome        text   not null check (outcome in ('allow', 'note', 'quarantine', 'block')),
    summary        text   not null,
    score          bigint not null,
    signals        text   not null,
    inspected_at   bigint not null,
    primary key (name, version),
    check ((against is null) = (against_sha512 = ''))
);
create index inspection_by_content on inspection (sha512);
create index inspection_by_inspector on inspection (inspector);

-- All that an inspection says, as compressed JSON, once per content and what it was compared with.
create table inspection_report (
    sha512         text   not null,
    against_sha512 text   not null,
    inspector      text   not null,
    report_len     bigint not null check (report_len >= 0),
    report         BLOB   not null,
    primary key (sha512, against_sha512, inspector)
);

-- What is to be inspected before anybody asks for it. A row goes when its inspection is stored; a dead one stays until
-- somebody asks for the version, or puts it back.
create table inspection_queue (
    name       text   not null,
    version    text   not null,
    priority   bigint not null,
    attempts   bigint not null,
    queued_at  bigint not null,
    not_before bigint not null,
    state      text   not null check (state in ('queued', 'running', 'dead')),
    error      text,
    primary key (name, version)
);
create index inspection_queue_by_turn on inspection_queue (state, priority, not_before);
