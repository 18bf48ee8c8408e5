// An admission webhook as most operators have one: controller-runtime, with a handler that decodes the object and the
// old object, and allows. A peer for the benchmark, never part of the product.
package main

import (
	"context"
	"flag"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

type handler struct{ decoder admission.Decoder }

func (h handler) Handle(_ context.Context, request admission.Request) admission.Response {
	before, after := objectsOf(request.Kind.Kind)
	if err := h.decoder.DecodeRaw(request.Object, after); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	if request.Operation == admissionv1.Update {
		if err := h.decoder.DecodeRaw(request.OldObject, before); err != nil {
			return admission.Errored(http.StatusBadRequest, err)
		}
	}
	if request.Name == "" || request.UID == types.UID("") {
		return admission.Denied("nameless")
	}
	return admission.Allowed("")
}

func objectsOf(kind string) (before, after runtime.Object) {
	if kind == "ConfigMap" {
		return &corev1.ConfigMap{}, &corev1.ConfigMap{}
	}
	return &appsv1.Deployment{}, &appsv1.Deployment{}
}

func main() {
	port := flag.Int("port", 0, "where to listen, on 127.0.0.1")
	certificates := flag.String("certificates", "", "the folder of tls.crt and tls.key")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())

	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{appsv1.AddToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: *port, CertDir: *certificates})
	server.Register("/admit", &webhook.Admission{Handler: handler{admission.NewDecoder(scheme)}})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := server.Start(ctx); err != nil {
		panic(err)
	}
}
