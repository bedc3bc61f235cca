-- Versions that turned out bad after they were handed out. Times are milliseconds since 1970, UTC.

-- One is opened per version and rule, and at most one of a version is open at a time; closed by a person, never deleted.
create table incident (
    id              text   not null primary key,
    name            text   not null,
    version         text   not null,
    rule            text   not null,
    reason          text   not null,
    url             text,
    opened_at       bigint not null,
    served_first_at bigint,
    served_last_at  bigint,
    served_count    bigint not null,
    closed_at       bigint,
    closed_by       text references person (name),
    closed_reason   text,
    unique (name, version, rule),
    check ((closed_at is null) = (closed_by is null) and (closed_at is null) = (closed_reason is null))
);
create unique index incident_that_is_open on incident (name, version) where closed_at is null;
create index incident_by_time on incident (opened_at);

-- Who had downloaded it, kept when the downloads themselves are forgotten; and when an audit last named it.
create table incident_client (
    incident   text   not null references incident (id),
    client     text   not null,
    agent      text   not null,
    first_at   bigint,
    last_at    bigint,
    downloads  bigint not null,
    audited_at bigint,
    primary key (incident, client)
);
