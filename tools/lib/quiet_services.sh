# Installing a Debian package must not start, stop or restart a service of this machine: nginx on
# port 80, say. policy-rc.d is where Debian's maintainer scripts ask; here it says no while a command
# runs, and only while this script lives: should the file be left behind, it says what was said before.
#
# The command has a session of its own: Ctrl-C does not reach it, since dpkg would leave packages half
# unpacked, and apt refuse to work until somebody mends that. The script ends after it (interrupt.sh).

policy_file=/usr/sbin/policy-rc.d
policy_kept=/usr/sbin/policy-rc.d.before-certguard

with_quiet_services() (
    restore_service_policy # of a run that was killed
    trap restore_service_policy EXIT
    trap : INT
    if [ -e "$policy_file" ]; then
        as_root mv "$policy_file" "$policy_kept"
    fi
    as_root tee "$policy_file" >/dev/null <<POLICY
#!/bin/sh
# Made by certguard's tools for the time of an installation.
kill -0 $$ 2>/dev/null && exit 101
[ -x $policy_kept ] && exec $policy_kept "\$@"
exit 0
POLICY
    as_root chmod 755 "$policy_file"
    # needrestart would restart services behind policy-rc.d's back.
    as_root sh -c "$out_of_reach" sh env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 "$@"
)

# Runs its arguments to their end; the status tells of a Ctrl-C meanwhile.
out_of_reach='
interrupted=no
trap interrupted=yes INT
(trap "" INT && exec setsid --wait "$@")
status=$?
[ $interrupted = no ] || exit 130
exit $status'

restore_service_policy() {
    if grep -qs "certguard's tools" "$policy_file"; then
        as_root rm -f "$policy_file"
    fi
    if [ -e "$policy_kept" ]; then
        as_root mv "$policy_kept" "$policy_file"
    fi
}
