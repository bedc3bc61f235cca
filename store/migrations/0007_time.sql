-- Versions that time alone let go: their quarantine ended, and nobody had decided about them. Times are milliseconds since
-- 1970, UTC. Those that were not judged since are still in `held`.
create table let_go (
    name    text   not null,
    version text   not null,
    rule    text   not null,
    since   bigint not null,
    until   bigint not null,
    primary key (name, version)
);
create index let_go_by_time on let_go (until);
