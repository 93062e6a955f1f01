-- A run taken back: each row it changed is the row that it was, byte for byte, and the version it wrote stays in history
-- as one that was never in force. What it created is archived. Taking back such an undoing is its exact reverse.

-- Which links a run made: they are written in the order of the runs, so that a summary of their pages, which costs a write
-- next to nothing, tells where to look.
create index links_by_run on roster.links using brin (run_id) with (pages_per_range = 16, autosummarize = on);

-- undone_<entity>: the keys that a run changed, whether it created them, and the later run, if any, that changed them since.
create function history.find_changed(district text, undone bigint, night date) returns void
language plpgsql
as $$
declare
    entity text;
    keys text;
begin
    foreach entity in array history.entities() loop
        keys := (select string_agg(quote_ident(k), ', ') from unnest(history.keys(entity)) as k);
        execute format(
            'create temporary table undone_%1$s on commit drop as
            with changed as (
                select %2$s from history.%1$s where district_id = %3$L and ended_by = %4$L
                union
                select %5$s from work.changes as c
                where
                    c.district_id = %3$L and c.run_id = %4$L and c.entity = %6$L and not c.held
                    and (c.action = ''create'' or (c.action = ''move'' and c.entity = ''enrollments''))
            )
            select
                c.*,
                not exists (
                    select from history.%1$s as h
                    where h.district_id = %3$L and h.ended_by = %4$L and %7$s
                ) as created,
                (
                    -- By its key alone, which belongs to one district: told the district, too, a planner that thinks
                    -- history is small reads all of it for every row.
                    select max(h.ended_by) from history.%1$s as h
                    where
                        %7$s and (h.valid_to, h.ended_by) > (%8$L::date, %4$L::bigint)
                        -- what an undoing left behind was in force on no night
                        and h.ended_by not in (
                            select u.run_id from runs.runs as u where u.district_id = %3$L and u.request ->> ''undo'' is not null
                        )
                ) as changed_by
            from changed as c',
            entity, keys, district, undone,
            case when entity = 'enrollments' then 'c.class_id, c.user_id, c.role' else 'c.id' end, entity,
            history.same(entity, 'h', 'c'), night
        );
        execute format('analyze undone_%1$s', entity);
    end loop;
end
$$;

create function history.take_back(district text, undone bigint, night date, undoing bigint) returns bigint
language plpgsql
as $$
declare
    entity text;
    done bigint;
    total bigint := 0;
begin
    foreach entity in array history.entities() loop
        -- What it wrote, as a version of no night.
        execute format('create temporary table written_%1$s on commit drop as
            select r.* from roster.%1$s as r inner join undone_%1$s as c on %3$s where r.district_id = %2$L',
            entity, district, history.same(entity, 'r', 'c'));
        execute format('create temporary table before_%1$s on commit drop as
            select h.* from history.%1$s as h where h.district_id = %2$L and h.ended_by = %3$L', entity, district, undone);
        execute format('delete from history.%1$s where district_id = %2$L and ended_by = %3$L', entity, district, undone);
        execute format('insert into history.%1$s (%2$s, valid_from, valid_to, ended_by)
            select %3$s, w.as_of, w.as_of, %4$L from written_%1$s as w',
            entity, history.columns(entity, ''), history.columns(entity, 'w.'), undoing);
        execute format('delete from roster.%1$s as r using before_%1$s as b where r.district_id = %2$L and %3$s',
            entity, district, history.same(entity, 'r', 'b'));
        execute format('insert into roster.%1$s (%2$s) select %3$s from before_%1$s as b',
            entity, history.columns(entity, ''), history.columns(entity, 'b.'));
        execute format('update roster.%1$s as r
            set status = ''archived'', archived_on = %2$L, as_of = %2$L, run_id = %3$L
            from undone_%1$s as c where r.district_id = %4$L and c.created and %5$s',
            entity, night, undoing, district, history.same(entity, 'r', 'c'));
        execute format('select count(*) from undone_%1$s', entity) into done;
        total := total + done;
    end loop;
    update roster.users as u
    set invitation = w.invitation
    from written_users as w
    where u.district_id = district and u.user_id = w.user_id and u.invitation <> w.invitation;
    with gone as (
        delete from roster.links as l where l.district_id = district and l.run_id = undone returning l.*
    )
    insert into history.links select g.*, undoing from gone as g;
    return total;
end
$$;

-- The reverse: `undone` is the undoing, `original` the run that it took back.
create function history.give_back(district text, undone bigint, original bigint) returns bigint
language plpgsql
as $$
declare
    entity text;
    done bigint;
    total bigint := 0;
begin
    foreach entity in array history.entities() loop
        execute format('create temporary table written_%1$s on commit drop as
            select h.* from history.%1$s as h where h.district_id = %2$L and h.ended_by = %3$L', entity, district, undone);
        execute format('create temporary table before_%1$s on commit drop as
            select r.* from roster.%1$s as r inner join written_%1$s as w on %3$s
            where r.district_id = %2$L and r.run_id is distinct from %4$L',
            entity, district, history.same(entity, 'r', 'w'), undone);
        execute format('delete from history.%1$s where district_id = %2$L and ended_by = %3$L', entity, district, undone);
        execute format('insert into history.%1$s (%2$s, valid_from, valid_to, ended_by)
            select %3$s, b.as_of, w.valid_to, %4$L from before_%1$s as b inner join written_%1$s as w on %5$s',
            entity, history.columns(entity, ''), history.columns(entity, 'b.'), original, history.same(entity, 'b', 'w'));
        execute format('delete from roster.%1$s as r using written_%1$s as w where r.district_id = %2$L and %3$s',
            entity, district, history.same(entity, 'r', 'w'));
        execute format('insert into roster.%1$s (%2$s) select %3$s from written_%1$s as w',
            entity, history.columns(entity, ''), history.columns(entity, 'w.'));
        get diagnostics done = row_count;
        total := total + done;
    end loop;
    update roster.users as u
    set invitation = b.invitation
    from before_users as b
    where u.district_id = district and u.user_id = b.user_id and u.invitation <> b.invitation;
    with back as (
        delete from history.links as l where l.district_id = district and l.ended_by = undone
        returning l.district_id, l.entity, l.source, l.source_id, l.id, l.run_id, l.as_of
    )
    insert into roster.links select b.* from back as b;
    return total;
end
$$;
