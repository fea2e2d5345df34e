#!/usr/bin/env bash
# Builds the module with nginx's own configure and make, in a private copy of nginx's source tree
# (what nginx-dev installs is enough). Called by nginx_module.cmake on every build:
#
#   nginx_module.sh PROJECT_DIR NGINX_SOURCE WORK_DIR CC CC_OPT LD_OPT
#
# configure runs again only when something that it reads has changed: nginx, config, the list of
# sources, the names of the headers, the flags. The rest is left to make, which knows the files.
set -euo pipefail

project_dir=$1 nginx_source=$2 work_dir=$3 cc=$4 cc_opt=$5 ld_opt=$6
stamp=$work_dir/configured-for
log=$work_dir/configure.log

what_configure_reads() {
    echo "$project_dir $nginx_source $cc $cc_opt $ld_opt"
    "$cc" --version
    cat "$project_dir/config" "$project_dir/config.sources"
    (cd "$project_dir" && find include src ngx_module -name '*.hpp' | LC_ALL=C sort)
    find "$nginx_source" -type f -printf '%P %s %T@\n' | LC_ALL=C sort
}

configure_nginx() {
    rm -rf "$work_dir"
    mkdir -p "$(dirname "$work_dir")"
    cp -R "$nginx_source" "$work_dir"
    cd "$work_dir"
    NGX_CONF_FLAGS=(--with-compat --with-http_ssl_module --with-http_v2_module)
    if [ -f conf_flags ]; then
        . ./conf_flags # Debian: what its nginx was configured with
    fi
    echo "Configuring nginx's build in $work_dir"
    # Leak checks would fail configure's own test programs in a sanitized build.
    if ! ASAN_OPTIONS=detect_leaks=0 bash ./configure "${NGX_CONF_FLAGS[@]}" --with-cc="$cc" \
        --with-cc-opt="$cc_opt" --with-ld-opt="$ld_opt" \
        --add-dynamic-module="$project_dir" >"$log" 2>&1; then
        grep 'error' "$log" >&2 || tail -n 20 "$log" >&2
        echo "nginx's configure failed; all of its output is in $log" >&2
        exit 1
    fi
}

wanted=$(what_configure_reads | sha256sum)
if [ ! -f "$work_dir/objs/Makefile" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    configure_nginx
    echo "$wanted" >"$stamp"
fi

# MAKE comes from a surrounding make, together with its job slots. A compiler that is killed leaves
# half an object behind, which must not pass for a whole one the next time.
cd "$work_dir"
arguments=(--no-print-directory --eval=.DELETE_ON_ERROR: -f objs/Makefile modules)
if [ -n "${MAKE:-}" ]; then
    "$MAKE" "${arguments[@]}"
else
    make -j"$(nproc)" "${arguments[@]}"
fi
built=objs/ngx_http_certguard_module.so
wanted_at=$(dirname "$work_dir")/ngx_http_certguard_module.so
if [ ! -f "$wanted_at" ] || [ "$built" -nt "$wanted_at" ]; then
    install -m 644 "$built" "$wanted_at.new"
    mv "$wanted_at.new" "$wanted_at" # a running nginx keeps the file that it has mapped
fi
