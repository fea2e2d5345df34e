# Runs the steps of tools/test: one line for each as it goes, its output in a log file, shown when the
# step fails; and the number of tests in all.

log_directory=build/logs
verbose=no
passed=0
failed=0
failed_steps=()

# step NAME COUNT COMMAND ... ; COUNT is how the log tells the number of tests: one, unit or prove.
# It always succeeds and leaves step_ok as yes or no. Do not call it in a condition (if step ..., or
# step ... ||): bash would ignore set -e in all of COMMAND.
step() {
    local name=$1 count=$2 begin=$SECONDS status log
    shift 2
    mkdir -p "$log_directory"
    log=$log_directory/${name//[^A-Za-z0-9]/-}.log
    printf '%-44s ' "$name"
    set +e
    if [ "$verbose" = yes ]; then
        printf '\n'
        (set -e; "$@") 2>&1 </dev/null | tee "$log"
    else
        (set -e; "$@") >"$log" 2>&1 </dev/null
    fi
    status=$? # with pipefail, COMMAND's
    set -e
    local good=0 bad=0
    "count_$count" "$log" "$status"
    if [ "$bad" -eq 0 ] && [ $((status != 0 || good == 0)) -eq 1 ]; then
        bad=1 # also where nothing ran at all
    fi
    passed=$((passed + good)) failed=$((failed + bad))
    printf '%s  %4d s  %d passed, %d failed\n' \
        "$([ "$bad" -eq 0 ] && echo 'ok    ' || echo 'FAILED')" $((SECONDS - begin)) "$good" "$bad"
    step_ok=yes
    if [ "$bad" -ne 0 ]; then
        step_ok=no
        failed_steps+=("$name: $log")
        [ "$verbose" = yes ] || tail -n 60 "$log" | sed 's/^/    /'
    fi
}

count_one() {
    if [ "$2" -eq 0 ]; then good=1; else bad=1; fi
}

# ctest -V with Catch2's own summaries in it, which stand for one test of ctest's each.
count_unit() {
    local cases failing total programs
    cases=$(sum_of "$1" 's/^.*All tests passed \(.* in ([0-9]+) test cases?\).*$/\1/p')
    cases=$((cases + $(sum_of "$1" 's/^.*test cases: +([0-9]+) \|.*$/\1/p')))
    failing=$(sum_of "$1" 's/^.*test cases:.*\| +([0-9]+) failed.*$/\1/p')
    programs=$(grep -cE 'All tests passed \(|test cases: +[0-9]' "$1") || true
    total=$(sum_of "$1" 's/^.*tests passed, [0-9]+ tests? failed out of ([0-9]+).*$/\1/p')
    bad=$(sum_of "$1" 's/^.*tests passed, ([0-9]+) tests? failed out of .*$/\1/p')
    if [ "$bad" -gt 0 ] && [ "$failing" -gt "$bad" ]; then
        bad=$failing
    fi
    good=$((cases + total - programs - bad))
    if [ "$good" -lt 0 ]; then good=0; fi
}

# A file that dies counts as a failed test, too.
count_prove() {
    local total
    total=$(sum_of "$1" 's/^Files=[0-9]+, Tests=([0-9]+),.*$/\1/p')
    bad=$(sed -nE 's/^.*\(Wstat: .*Tests: [0-9]+ Failed: ([0-9]+)\).*$/\1/p' "$1" |
        awk '{ n += $1 > 0 ? $1 : 1 } END { print n + 0 }')
    good=$((total > bad ? total - bad : 0))
}

sum_of() {
    sed -nE "$2" "$1" | awk '{ n += $1 } END { print n + 0 }'
}

# The tests in a log that failed, with what they say of it: a record of CI may hold its end only.
what_failed() {
    grep -E -A 9 '^ *# +Failed test|^[^ ].*FAILED:|: error: |runtime error: |ERROR: AddressSanitizer' "$1" |
        head -n 60 | cut -c 1-400 | sed 's/^/    /' || true
}

summary() {
    local each
    if [ "${#failed_steps[@]}" -gt 0 ]; then
        printf '\nWhat failed, and its whole output:\n'
        for each in "${failed_steps[@]}"; do
            printf '  %s\n' "$each"
            what_failed "${each##*: }"
        done
    fi
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
