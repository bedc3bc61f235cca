-- A page of the queue, the newest first, is the beginning of this.
drop index held_by_time;
create index held_by_time on held (since desc, name, version);
