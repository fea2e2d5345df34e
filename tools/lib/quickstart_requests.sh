# The requests of tools/quickstart: each one is shown as it is sent, with what came back and whether
# that is what it must be. Uses $site and $port; counts in $as_expected and $unexpected.

as_expected=0
unexpected=0

# request TITLE STATUS CERTGUARD BACKEND CURL-ARGUMENT ... ; BACKEND is what the backend must have
# received as X-CLIENT-CERT: certificate, nothing, or - where the request must not have reached it; or
# image, where it must have given one.
request() {
    local title=$1 status=$2 certguard=$3 backend=$4 answer json got_status got_certguard got_backend
    shift 4
    answer=$(cd "$site" && curl -sS -i --max-time 10 --cacert pki/ca.pem "$@") || true
    answer=${answer//$'\r'/}
    got_status=$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' <<<"$answer")
    got_certguard=$(sed -n 's/^X-Certguard: //p' <<<"$answer")
    got_backend=$(what_arrived "$answer")

    say "" "$title" "  $(quoted curl --cacert pki/ca.pem "$@")"
    say "  -> $got_status  certguard: $got_certguard"
    json=$(grep -m 1 -E '^\{"(errors|repositories)"' <<<"$answer") && say "     $json"
    case $got_backend in
    -) say "     the backend was not asked" ;;
    image) say "     the registry gave the image's manifest" ;;
    nothing) say "     the backend received no X-CLIENT-CERT" ;;
    certificate) say "     the backend received X-CLIENT-CERT: $(cut -c 1-48 <<<"$forwarded")..." \
        "     (the whole of pki/host.pem, urlencoded)" ;;
    *) say "     the backend received X-CLIENT-CERT: $got_backend" ;;
    esac
    if [ "$got_status|$got_certguard|$got_backend" = "$status|$certguard|$backend" ]; then
        as_expected=$((as_expected + 1))
    else
        unexpected=$((unexpected + 1))
        say "     UNEXPECTED: it should be $status, $certguard, backend: $backend"
    fi
}

# Sets $forwarded, too.
what_arrived() {
    if grep -q '^{"schemaVersion"' <<<"$1"; then
        echo image
        return
    fi
    if ! grep -q '^request: ' <<<"$1"; then
        echo -
        return
    fi
    local received
    received=$(sed -n 's/^X-CLIENT-CERT: //p' <<<"$1")
    case $received in
    '') echo nothing ;;
    "$forwarded") echo certificate ;;
    *) echo "$received" ;;
    esac
}

# A PEM file as nginx's $ssl_client_escaped_cert has it.
urlencoded() {
    sed 's/%/%25/g; s/ /%20/g; s/+/%2B/g; s|/|%2F|g; s/=/%3D/g' "$1" | awk '{ printf "%s%%0A", $0 }'
}

# The words as a shell takes them.
quoted() {
    local word words=()
    for word in "$@"; do
        case $word in
        *[!A-Za-z0-9_./:=-]*) words+=("'$word'") ;;
        *) words+=("$word") ;;
        esac
    done
    echo "${words[*]}"
}

show_requests() {
    local base=https://localhost:$port host=(--cert pki/host.pem --key pki/host.key)
    local content=$base/pulp/content$entitled_path forged=-----BEGIN%20CERTIFICATE-----forged
    forwarded=$(urlencoded "$site/pki/host.pem")

    request "Granted: the path lies below $entitled_path, which the host's certificate names." \
        200 "granted, ok" certificate "${host[@]}" "$content/repodata/repomd.xml"
    request "Denied: the certificate does not name this path." \
        403 "denied, not_entitled" - "${host[@]}" "$base/pulp/content/ACME/Library/custom/secret/x.rpm"
    request "Denied: a longer name is not a subpath." \
        403 "denied, not_entitled" - "${host[@]}" "${content}2/x.rpm"
    request "Denied: no certificate." \
        403 "denied, no_certificate" - "$content/x.rpm"
    request "Denied: the certificate has expired." \
        403 "denied, expired" - --cert pki/expired.pem --key pki/expired.key "$content/x.rpm"
    request "A forged X-CLIENT-CERT does not arrive where a guard stands: the real certificate does." \
        200 "granted, ok" certificate -H "X-CLIENT-CERT: $forged" -H "X_Client_Cert: $forged" \
        "${host[@]}" "$content/x.rpm"
    request "Nor does it arrive where none stands." \
        200 "off, off" nothing -H "X-CLIENT-CERT: $forged" -H "x_client_cert: $forged" "$base/unguarded"

    request "A container: granted, hosts.yaml has it in the host's environment Dev/web." \
        200 "granted, ok" image "${host[@]}" "$base/v2/$own_image/manifests/latest"
    request "A container of another environment: denied." \
        403 "denied, not_in_environment" - "${host[@]}" "$base/v2/$other_image/manifests/latest"
    request "So the host's catalog is:" \
        200 "granted, ok" - "${host[@]}" "$base/v2/_catalog"
    request "A container with an expired certificate: denied, and the client is told why." \
        401 "denied, expired" - --cert pki/expired.pem --key pki/expired.key "$base/v2/$own_image/tags/list"
}
