-- Quarantined lines are read in the order of their file, a page at a time, however many there are.

create index quarantine_in_order on runs.quarantine (district_id, run_id, source_n, file, line);
drop index runs.quarantine_by_run;
