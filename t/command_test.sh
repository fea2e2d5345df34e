#!/usr/bin/env bash
# The command as a program: what the unit tests, which call it as a function, can't see.
set -uo pipefail

certguard=${1:?usage: command_test.sh CERTGUARD}
data=$(cd "$(dirname "$0")/data/vectors" && pwd)
certificate=$data/real/ent-v1-f6bc3385.pem
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
failed=0

# is NAME FOUND EXPECTED
is() {
    if [ "$2" = "$3" ]; then
        echo "ok: $1"
    else
        printf 'FAILED: %s\n  found:    %q\n  expected: %q\n' "$1" "$2" "$3"
        failed=1
    fi
}

# status COMMAND ... : its exit status alone
status() {
    "$@" >/dev/null 2>&1
    echo $?
}

is "a granted path is exit status 0" \
    "$(status "$certguard" paths --certificate "$certificate" --path /foo/path/never)" 0
is "a denied path is exit status 1" \
    "$(status "$certguard" paths --certificate "$certificate" --path /foo)" 1
is "an unreadable certificate is exit status 2" \
    "$(status "$certguard" paths --certificate /dev/null --path /foo)" 2
is "no arguments are exit status 2" "$(status "$certguard")" 2
is "answers that can't be written are exit status 2" \
    "$("$certguard" inspect "$certificate" 2>&1 >/dev/full; echo $?)" \
    "certguard: the answer could not be written
2"

is "problems leave standard output to the answers" \
    "$("$certguard" paths --certificate /dev/null --path /foo 2>/dev/null)" error

host=0d1c3f2e-8a55-4d3b-9a4e-5f6071829304
cat >"$directory/hosts.yaml" <<HOSTS
version: 1
organizations: { ACME: { hosts: { $host: [] } } }
HOSTS
cat >"$directory/policy.yaml" <<POLICY
version: 1
lookups:
  site: { source: file, file: hosts.yaml }
  nobody: { source: catalog, url: "http://127.0.0.1:1" }
guards:
  registry: { type: host, ca: $data/synthetic/ca.pem, serves: registry, lookup: site }
POLICY
ask=("$certguard" host --policy "$directory/policy.yaml" --lookup)
is "a host that the lookup knows is exit status 0" "$(status "${ask[@]}" site "$host")" 0
is "a host that it does not know is exit status 1" "$(status "${ask[@]}" site "${host/0d1c/ffff}")" 1
is "a lookup that does not answer is exit status 2" "$(status "${ask[@]}" nobody "$host")" 2
is "the answer goes to standard output, the reason to standard error" \
    "$("${ask[@]}" nobody "$host" 2>/dev/null | sed -n 's/^answer: *//p')" unavailable
is "a secret on the command line is not repeated" \
    "$("$certguard" explain --policy "$directory/policy.yaml" --guard registry --uri /v2/ \
        --authorization Bearer hunter2 2>&1 | grep -c hunter2)" 0

for ((i = 0; i < 20000; ++i)); do
    printf '%s\t/foo/path/never/%d\n' "$certificate" "$i"
done >"$directory/lines"
"$certguard" paths --batch - <"$directory/lines" >"$directory/answers"
is "a batch of 20,000 lines is exit status 0" $? 0
is "a batch is answered line by line" "$(cmp <(sed 's/$/\tallow/' "$directory/lines") "$directory/answers" 2>&1)" ""
is "a batch's file and standard input are the same" \
    "$("$certguard" paths --batch "$directory/lines" | cmp - "$directory/answers" 2>&1)" ""

# A program that asks and waits for each answer must get it before it closes its end.
coproc "$certguard" paths --batch -
batch=$COPROC_PID # bash unsets it as soon as the program has ended
printf '%s\t/foo\n' "$certificate" >&"${COPROC[1]}"
read -r -t 20 answer <&"${COPROC[0]}"
is "an answer comes before the next question" "${answer-}" "$certificate	/foo	deny"
exec {COPROC[1]}>&-
wait "$batch"
is "a batch ends with its input" $? 0

exit $failed
