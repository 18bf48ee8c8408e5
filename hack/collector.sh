#!/usr/bin/env bash
# Prints the path of an OpenTelemetry Collector that takes OTLP and Splunk's events and prints them, for tests/sink. It is
# built from hack/collector, once, into the user's cache: two to three minutes.
#   hack/collector.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$ROOT/hack/lib/packages.sh"
source "$ROOT/hack/lib/go_build.sh"

main() {
  (($# == 0)) || usage
  local directory
  directory=$(built collector collector "the OpenTelemetry Collector (two to three minutes)" -ldflags "-s -w" .)
  echo "$directory/collector"
}
main "$@"
