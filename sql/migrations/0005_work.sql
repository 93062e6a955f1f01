-- The plan of a run: the changes that it would make, and what a decision about them needs later.

create schema work;

create table work.changes (
    district_id text not null,
    run_id bigint not null,
    source_n smallint not null,
    entity text not null,
    action text not null check (
        action in ('create', 'update', 'move', 'archive', 'reactivate', 'link', 'merge', 'rekey')
    ),
    n integer,
    id uuid,
    school_id uuid,
    class_id uuid,
    user_id uuid,
    role text,
    from_class_id uuid,
    is_primary boolean,
    begin_date date,
    end_date date,
    reason text,
    held boolean not null default false,
    hold_n integer,
    applied_by bigint
);
comment on table work.changes is 'One row per planned change. A plan has no row for what stays as it is.';
comment on column work.changes.n is
'The row of this run''s staging with the new values. A change of an enrollment carries its values itself.';
comment on column work.changes.id is 'The row of the roster that changes; an enrollment is known by class_id, user_id and role.';
comment on column work.changes.from_class_id is 'The class that is left by a move.';
comment on column work.changes.hold_n is
'The hold of the change. 0: left out in a window of additions only. Null in a held change: it depends on a change of a hold.';
comment on column work.changes.applied_by is 'The run that applied the change once it was approved.';
create index changes_by_run on work.changes (district_id, run_id, entity, action);
create index changes_held on work.changes (district_id, run_id) where held;

create table work.rekeys (
    district_id text not null,
    run_id bigint not null,
    source_n smallint not null,
    entity text not null,
    source text not null,
    source_id text not null,
    id uuid not null,
    primary key (district_id, run_id, source_n, entity, source_id)
);
comment on table work.rekeys is
'One row per proposed rekey of a plan: a delivered id and our row that it is taken for. A decision needs no staging for it.';

create table work.plan_counts (
    district_id text not null,
    run_id bigint not null,
    source_n smallint not null,
    entity text not null,
    action text not null,
    school_id uuid,
    changes bigint not null,
    held bigint not null
);
comment on table work.plan_counts is
'One row per source, entity, action and school of a reviewed plan, so that no page counts the changes of a first load again.';
create index plan_counts_by_run on work.plan_counts (district_id, run_id);

-- Grain: one row per source, entity, action and school of a plan. A plan that nobody reviews, such as an approval's, is
-- counted from its changes.
create function work.counted(district text, run bigint)
returns table (source_n smallint, entity text, action text, school_id uuid, changes bigint, held bigint)
language sql stable
as $$
    select p.source_n, p.entity, p.action, p.school_id, p.changes, p.held from work.plan_counts as p
    where p.district_id = district and p.run_id = run
    union all
    select c.source_n, c.entity, c.action, c.school_id, count(*), count(*) filter (where c.held)
    from work.changes as c
    where
        c.district_id = district and c.run_id = run
        and not exists (select from work.plan_counts as p where p.district_id = district and p.run_id = run)
    group by c.source_n, c.entity, c.action, c.school_id
$$;

-- The match key of a row: what two rows have in common if they are alike, as one text, so that a join can hash it. Case
-- and spaces make no difference.
create function work.match_key(variadic parts text[]) returns text
language sql stable parallel safe
as $$ select lower(regexp_replace(array_to_string(parts, chr(31), ''), '\s+', ' ', 'g')) $$;
