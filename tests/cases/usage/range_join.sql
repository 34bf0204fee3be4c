-- title: a join by range is a range with a partner
-- schema
CREATE TABLE visits (at timestamptz, page int);
CREATE TABLE deploys (started timestamptz, ended timestamptz);
-- query
SELECT count(*) FROM visits v JOIN deploys d ON v.at >= d.started AND v.at < d.ended;
-- expect
visits v
  range at >= d.started
  range at < d.ended
deploys d
  range started <= v.at
  range ended > v.at
