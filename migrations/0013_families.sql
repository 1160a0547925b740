-- More families of records: permits of firms, actions against a person's certificate, information that blocks nothing (an
-- investigation, a clean inspection), training, profiles of firms. Guarantees: a family the hub does not know is refused.

alter table record drop constraint record_family_check;
alter table record add constraint record_family_check check (family in (
  'CERTIFICATE', 'PERMIT', 'RISK', 'ADVERSE', 'ACTION', 'INFORMATION', 'PRESENCE', 'TRAINING', 'PROFILE'));
