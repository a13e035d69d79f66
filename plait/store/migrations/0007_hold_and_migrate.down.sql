alter table run_commands drop column report;
alter table workflow_versions drop column ad_hoc;
drop index overrides_of_run;
alter table overrides
    drop column given, drop column output_ref, drop column output_size, drop column output_sha256, drop column facts;
