-- What an installation remembers. Both engines run this text; the one word they spell differently is BLOB,
-- which src/db/migrations.rs replaces by BYTEA for PostgreSQL. Times are milliseconds since 1970, UTC.

-- A package asked of upstream: its document as it came, or null where upstream has none.
create table package (
    name          text   not null primary key,
    etag          text,
    last_modified text,
    first_contact bigint not null,
    checked_at    bigint not null,
    document_len  bigint not null check (document_len >= 0),
    document      BLOB
);

-- What the document alone does not tell of a version: since when, until when, and whether it was served here.
-- No foreign key to package: a pin or a download must be remembered even if the document could not be kept.
create table package_version (
    name              text   not null,
    version           text   not null,
    absent_at         bigint,
    vanished_at       bigint,
    offered_integrity text,
    served_first_at   bigint,
    served_last_at    bigint,
    served_count      bigint not null default 0,
    primary key (name, version)
);

-- Bytes that were verified once, by address. The file has the same name.
create table content (
    sha512         text   not null primary key check (length(sha512) = 128),
    sha256         text   not null check (length(sha256) = 64),
    sha1           text   not null check (length(sha1) = 40),
    size           bigint not null check (size >= 0),
    stored_at      bigint not null,
    verified_at    bigint not null,
    quarantined_at bigint
);
create index content_by_verification on content (verified_at) where quarantined_at is null;

-- Which bytes a version is, for ever: the key allows one row, and no statement updates or deletes it.
create table pin (
    name              text    not null,
    version           text    not null,
    sha512            text    not null references content (sha512),
    weak              boolean not null,
    offered_integrity text,
    pinned_at         bigint  not null,
    primary key (name, version)
);
create index pin_by_content on pin (sha512);

-- The audit log: ids have no gaps and follow the order of commits; no statement updates or deletes a row.
create table event (
    id       bigint not null primary key,
    at       bigint not null,
    kind     text   not null,
    severity text   not null check (severity in ('critical', 'warning', 'info')),
    name     text,
    version  text,
    detail   text   not null
);
