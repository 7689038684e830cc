#!/bin/bash
# Makes the sample files that the man pages' examples speak of, in the present folder (which holds
# attempts.json and attempts.ndjson already).
set -eu
gzip -kn attempts.ndjson
atopic create -q -b file:log examined # of which atopic(1) asks whether it is whole
aflatten 'user_exam_id, exam_name, sequences.counts.*' attempts.ndjson > attempts.tsv
printf '{"user_id":%d,"ts":"2024-05-01T10:%d:00Z"}\n' 1 10 2 12 1 35 1 58 > clicks.json
cat >events.ndjson <<'END'
{"ts":"2024-05-01T10:00:05Z","user":"ann","type":"view","item":"mug"}
{"ts":"2024-05-01T10:01:10Z","user":"bob","type":"view","item":"mug"}
{"ts":"2024-05-01T10:02:00Z","user":"ann","type":"cart","item":"mug"}
{"ts":"2024-05-01T10:03:30Z","user":"ann","type":"buy","item":"mug","price":12}
{"ts":"2024-05-01T10:07:45Z","user":"cem","type":"view","item":"pen"}
{"ts":"2024-05-01T10:20:00Z","user":"bob","type":"cart","item":"mug"}
{"ts":"2024-05-01T11:05:00Z","user":"ann","type":"view","item":"pen"}
{"ts":"2024-05-01T11:06:30Z","user":"ann","type":"cart","item":"pen"}
{"ts":"2024-05-01T11:40:00Z","user":"dua","type":"view","item":"pen"}
{"ts":"2024-05-01T11:41:20Z","user":"dua","type":"cart","item":"pen"}
{"ts":"2024-05-01T11:44:00Z","user":"dua","type":"buy","item":"pen","price":3}
{"ts":"2024-05-01T13:10:00Z","user":"bob","type":"view","item":"mug"}
{"ts":"2024-05-01T13:12:00Z","user":"bob","type":"buy","item":"mug","price":12}
{"ts":"2024-05-01T13:30:00Z","user":"cem","type":"view","item":"lamp"}
{"ts":"2024-05-01T13:31:15Z","user":"ann","type":"buy","item":"lamp","price":40}
END
cat >sales.csv <<'END'
day,city,sku,qty,price
2024-05-01,Berlin,mug,3,12.00
2024-05-01,Berlin,pen,10,3.00
2024-05-01,Oslo,mug,1,12.00
2024-05-02,Berlin,lamp,1,40.00
2024-05-02,Oslo,pen,4,3.00
2024-05-04,Berlin,mug,2,12.00
2024-05-04,Oslo,lamp,2,40.00
2024-05-05,Oslo,mug,5,12.00
END
