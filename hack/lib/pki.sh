# Certificates, keys and kubeconfigs of a test cluster in $DIR. Sourced by cluster.sh, which sets DIR and BIN.

issue() { # NAME SUBJECT [SUBJECT_ALT_NAME]: $DIR/pki/NAME.{crt,key}, signed by the CA
  local name=$1 subject=$2 alternatives=${3:-DNS:localhost} p=$DIR/pki
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$p/$name.key" -out "$p/$name.csr" \
    -subj "$subject" 2>/dev/null
  openssl x509 -req -in "$p/$name.csr" -CA "$p/ca.crt" -CAkey "$p/ca.key" -CAcreateserial -out "$p/$name.crt" -days 30 \
    -extfile <(echo "subjectAltName=$alternatives") 2>/dev/null
  rm "$p/$name.csr"
}

kubeconfig() { # USER_YAML FILE
  umask 077
  cat >"$2" <<Y
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:$(cat "$DIR/port")", certificate-authority-data: $(base64 -w0 <"$DIR/pki/ca.crt")}}]
users: [{name: u, user: {$1}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
Y
  umask 022
}

client_kubeconfig() { # NAME SUBJECT FILE
  issue "$1" "$2"
  kubeconfig "client-certificate-data: $(base64 -w0 <"$DIR/pki/$1.crt"), client-key-data: $(base64 -w0 <"$DIR/pki/$1.key")" "$3"
}

token_kubeconfig() { # NAME TOKEN FILE
  kubeconfig "token: $2" "$3"
}

make_pki() {
  local p=$DIR/pki
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$p/ca.key" -out "$p/ca.crt" -days 30 \
    -subj /CN=test-ca 2>/dev/null
  issue apiserver /CN=kube-apiserver "IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc,IP:10.96.0.1"
  openssl ecparam -name prime256v1 -genkey -noout -out "$p/sa.key"
  openssl ec -in "$p/sa.key" -pubout -out "$p/sa.pub" 2>/dev/null
  client_kubeconfig admin /O=system:masters/CN=admin "$DIR/kubeconfig"
  client_kubeconfig kcm /CN=system:kube-controller-manager "$p/kcm.kubeconfig"
}
