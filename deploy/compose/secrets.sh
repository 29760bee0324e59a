#!/bin/sh
# Makes what compose.yaml keeps secret, in ./secrets: an authority of its own, a certificate for each
# program, the hashing key, the key that signs evidence bundles and the database's password. What is there already stays. Run it as root,
# so that each file can be given to the user of its containers; without root all files keep yours,
# and the containers can read them only where their users are mapped to you.
#
#   ./secrets.sh [NAME ..]    # NAME: by which names and addresses the console is reached
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
cd secrets
days=825

[ -s ca.key ] || openssl ecparam -name prime256v1 -genkey -noout -out ca.key
[ -s ca.pem ] || openssl req -new -x509 -key ca.key -days 3650 -subj "/CN=cellhound authority" -out ca.pem \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"

# issue NAME ALTERNATIVE-NAMES: who shows it is NAME in ACLs.
issue() {
    [ ! -s "$1.pem" ] || return 0
    openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=digitalSignature\n' "$2" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$days" \
        -extfile "$1.ext" -out "$1.pem" 2>/dev/null
    rm "$1.csr" "$1.ext"
}

names="DNS:console,DNS:localhost,IP:127.0.0.1"
for name in "$@"; do
    case "$name" in
        *[!0-9.]*) names="$names,DNS:$name" ;;
        *) names="$names,IP:$name" ;;
    esac
done
issue kafka "DNS:kafka"
issue database "DNS:database"
issue console "$names"
for program in worker channels doctor admin; do issue "$program" "DNS:$program"; done

# Kafka wants key and certificate in one file.
rm -f broker.keystore admin.keystore admin.properties database.pass
cat kafka.key kafka.pem > broker.keystore
cat admin.key admin.pem > admin.keystore
cat > admin.properties <<END
security.protocol=SSL
ssl.truststore.type=PEM
ssl.truststore.location=/run/secrets/ca.pem
ssl.keystore.type=PEM
ssl.keystore.location=/run/secrets/admin.keystore
END

[ -s hashing.key ] || openssl rand -hex 32 > hashing.key
[ -s evidence.pem ] || openssl genpkey -algorithm ed25519 -out evidence.pem
[ -s database.password ] || openssl rand -hex 32 > database.password
printf '*:*:*:cellhound:%s\n' "$(cat database.password)" > database.pass

chmod 400 ./*
chmod 444 ca.pem
if [ "$(id -u)" = 0 ]; then
    chown 1000:1000 broker.keystore admin.keystore admin.properties
    chown 999:999 database.pem database.key database.password
    chown 10001:10001 hashing.key evidence.pem database.pass worker.* console.* channels.* doctor.*
    # The folder itself stays root's: the files are bound into containers one by one.
    chmod 711 .
fi
echo "Made. Keep ca.key, hashing.key and evidence.pem somewhere else too: without the first no further" >&2
echo "program gets a certificate, without the second no old pseudonym can be recognised, without the" >&2
echo "third new bundles have another signer." >&2
