# HDFS that lets in who has a ticket (scripts/hdfs start --kerberos: a real Kerberos server): SPNEGO, and tokens.
load ../store_helper
load server

hdfs_options=(--kerberos)
without=KRB5CCNAME=FILE:/nonexistent/tickets # as somebody who has none

@test "with a ticket: tables land, and are read, as who the ticket is for" {
    seq 2000 | sed 's/.*/{"k":&}/' >in
    check 0 "aland -q -d $U/t --file-rows 700 in; aread $U/t | cmp - in; aread -w 'k > 1990' $U/t | wc -l"
    same rows "$output" 10
    check 0 "aread -l $U/t"
    [ "$(grep -c ' alice ' <<<"$output")" = 4 ]
    check 0 "aland -q -d $U/t --mode append in; aagg 'count(*) as n, sum(k) as s' <(aread $U/t) | tail -n 1"
    same twice "$output" $'4000\t4002000'
    check 0 "echo '{\"k\":1}' | aland -q --delta -d $U/d; aread $U/d"
    same delta "$output" '{"k":1}'
}

@test "no ticket: status 3, what is lacking is said, and nothing is there" {
    echo '{"k":1}' >in
    check 3 "$without aland -q -d $U/t in"
    [[ $errors == *"401; the server wants Kerberos (kinit), or a delegation token in HADOOP_TOKEN"* ]]
    check 3 "$without aread -l ${U%/*}"
    [[ $errors == *"401; the server wants Kerberos (kinit)"* ]]
    check 3 "HADOOP_USER_NAME=alice $without aread -l ${U%/*}"
    check 2 "aread $U/t"
    [[ $errors == *"no such dataset" ]]
}

@test "a delegation token stands for a ticket" {
    echo '{"k":1}' >in
    token=$(curl -s --negotiate -u : "http:${HDFS#webhdfs:}/webhdfs/v1/?op=GETDELEGATIONTOKEN" |
        aslice -r '.Token.urlString')
    [ "${#token}" -gt 20 ]
    check 0 "HADOOP_TOKEN=$token $without aland -q -d $U/t in; HADOOP_TOKEN=$token $without aread $U/t"
    same row "$output" '{"k":1}'
    check 3 "HADOOP_TOKEN=AA$token $without aread $U/t"
}
