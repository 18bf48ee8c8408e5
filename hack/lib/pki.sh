# shellcheck shell=bash
# Certificates, keys and kubeconfigs of the cluster in $DIR, which the sourcing script sets. Sourced after common.sh.

# issue NAME SUBJECT [SUBJECT_ALT_NAME]: $DIR/pki/NAME.{crt,key}, signed by the CA.
issue() {
  local p=$DIR/pki
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$p/$1.key" -out "$p/$1.csr" \
    -subj "$2" 2>/dev/null
  openssl x509 -req -in "$p/$1.csr" -CA "$p/ca.crt" -CAkey "$p/ca.key" -CAcreateserial -out "$p/$1.crt" -days 30 \
    -extfile <(echo "subjectAltName=${3:-DNS:localhost}") 2>/dev/null
  rm "$p/$1.csr"
}

make_pki() {
  local p=$DIR/pki
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$p/ca.key" -out "$p/ca.crt" -days 30 \
    -subj /CN=test-ca 2>/dev/null
  openssl ecparam -name prime256v1 -genkey -noout -out "$p/sa.key"
  openssl ec -in "$p/sa.key" -pubout -out "$p/sa.pub" 2>/dev/null
  issue apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:172.30.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc"
  issue admin /O=system:masters/CN=admin
  issue controller-manager /CN=system:kube-controller-manager
  issue alice /O=reviewers/CN=alice
  issue bob /O=reviewers/CN=bob
  issue mallory /CN=mallory
}

base64_of() { base64 -w0 <"$1"; }

write_kubeconfig() { # FILE CREDENTIALS, the latter as members of a YAML flow mapping
  (
    umask 077
    cat >"$1" <<Y
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "$(server_url)", certificate-authority-data: $(base64_of "$DIR/pki/ca.crt")}}]
users: [{name: u, user: {$2}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
Y
  )
}

certificate_kubeconfig() { # FILE NAME, of `issue`
  local p=$DIR/pki
  write_kubeconfig "$1" "client-certificate-data: $(base64_of "$p/$2.crt"), client-key-data: $(base64_of "$p/$2.key")"
}

token_kubeconfig() { write_kubeconfig "$1" "token: $2"; } # FILE TOKEN

server_url() { echo "https://$(<"$DIR/ports/address"):$(<"$DIR/ports/kube-apiserver")"; }
