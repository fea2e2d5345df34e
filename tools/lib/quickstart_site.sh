# The site of tools/quickstart: a directory with certificates, configuration and nginx's files.
# Uses $build (where things were built), $site (the directory) and sets $port.

host_uuid=5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11
entitled_path=/ACME/Library/custom/tools
own_image=acme/dev/web/tools # as in conf.examples/quickstart/hosts.yaml
other_image=acme/prod/db/vault

make_site() {
    if [ -f "$site/nginx.pid" ] && kill -0 "$(cat "$site/nginx.pid")" 2>/dev/null; then
        fail "a quickstart is already running in $site (process $(cat "$site/nginx.pid"))." \
            "End it with Ctrl-C where it was started, or choose another place with --directory."
    fi
    rm -rf "${site:?}"/{pki,podman,logs,modules,tmp,registry,nginx.conf,policy.yaml,hosts.yaml,nginx.pid}
    mkdir -p "$site"/{pki,podman,logs,modules,tmp}
    cp "$build/ngx_http_certguard_module.so" "$site/modules/"
    cp conf.examples/quickstart/{policy,hosts}.yaml "$site/"
    choose_port
    sed "s/127\.0\.0\.1:8443/127.0.0.1:$port/; s/127\.0\.0\.1:8444/127.0.0.1:$((port + 1))/" \
        conf.examples/quickstart/nginx.conf >"$site/nginx.conf"
    make_certificates
    make_image "$site/registry" "$own_image"
    make_image "$site/registry" "$other_image"
}

# The ports of the example where they are free, others where not.
choose_port() {
    for port in {8443..8943..100}; do
        if ! listens "$port" && ! listens "$((port + 1))"; then
            return 0
        fi
    done
    fail "no pair of free ports from 8443 to 8944 on 127.0.0.1."
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

make_certificates() {
    local pki=$site/pki tool=$build/t/test-pki signed
    signed=(--ca "$pki/ca.pem" --ca-key "$pki/ca.key")
    "$tool" ca --out "$pki/ca.pem" --key "$pki/ca.key" --cn 'throw-away CA'
    "$tool" leaf --out "$pki/server.pem" --key "$pki/server.key" "${signed[@]}" --cn localhost \
        --eku server --san DNS:localhost,IP:127.0.0.1
    "$tool" leaf --out "$pki/host.pem" --key "$pki/host.key" "${signed[@]}" --org ACME \
        --cn "$host_uuid" --v3-path "$entitled_path"
    "$tool" leaf --out "$pki/expired.pem" --key "$pki/expired.key" "${signed[@]}" --org ACME \
        --cn "$host_uuid" --v3-path "$entitled_path" --from -2d --until -1h
    # As a host has them in /etc/containers/certs.d/.
    ln -sfn ../pki/ca.pem "$site/podman/ca.crt"
    ln -sfn ../pki/host.pem "$site/podman/client.cert"
    ln -sfn ../pki/host.key "$site/podman/client.key"
}

nginx_program() {
    command -v nginx || ls /usr/sbin/nginx 2>/dev/null ||
        fail "nginx is not installed." "Without --as-built, quickstart installs it."
}

start_site() {
    local nginx globals='daemon off;'
    nginx=$(nginx_program)
    if [ "$(id -u)" -eq 0 ]; then
        globals+=' user root;' # nginx's own choice, nobody, can't read what is in /root
    fi
    # Called by its full path: -p with a relative one would be taken from nginx's own prefix.
    "$nginx" -p "$(realpath "$site")/" -c nginx.conf -g "$globals" 2>"$site/logs/startup.log" &
    nginx_pid=$!
    trap stop_site EXIT
    local try
    for try in {1..100}; do
        if listens "$port"; then
            return 0
        fi
        kill -0 "$nginx_pid" 2>/dev/null || break
        sleep 0.1
    done
    fail "nginx did not start:" "$(cat "$site/logs/startup.log")"
}

stop_site() {
    kill -QUIT "$nginx_pid" 2>/dev/null || true
    wait "$nginx_pid" 2>/dev/null || true
}
