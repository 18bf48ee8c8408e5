// The Pod Security Standard "baseline" as its own module judges it. Prints its checks in one line, each with the version
// since which it is as it is. Reads pods from stdin, one a line ({"metadata": ..., "spec": ...}), and prints for each a
// line with the checks that it fails ([] where it is inside the baseline), or ["unreadable"].
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	apijson "sigs.k8s.io/json"
)

type pod struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     corev1.PodSpec    `json:"spec"`
}

// The newest version of each check, by its name: the module's own Evaluator tells only what to say to people.
func newestChecks() map[string]policy.VersionedCheck {
	checks := map[string]policy.VersionedCheck{}
	for _, check := range policy.DefaultChecks() {
		if check.Level == api.LevelBaseline {
			checks[string(check.ID)] = check.Versions[len(check.Versions)-1]
		}
	}
	return checks
}

type judge struct {
	checks    map[string]policy.VersionedCheck
	evaluator policy.Evaluator
}

func (j judge) versions() map[string]string {
	versions := map[string]string{}
	for name, check := range j.checks {
		versions[name] = check.MinimumVersion.String()
	}
	return versions
}

func (j judge) failed(line []byte) ([]string, error) {
	var it pod
	if err := apijson.UnmarshalCaseSensitivePreserveInts(line, &it); err != nil {
		return []string{"unreadable"}, nil
	}
	failed := []string{}
	for name, check := range j.checks {
		if !check.CheckPod(&it.Metadata, &it.Spec).Allowed {
			failed = append(failed, name)
		}
	}
	slices.Sort(failed)
	newest := api.LevelVersion{Level: api.LevelBaseline, Version: api.LatestVersion()}
	whole := policy.AggregateCheckResults(j.evaluator.EvaluatePod(newest, &it.Metadata, &it.Spec))
	if whole.Allowed != (len(failed) == 0) {
		return nil, fmt.Errorf("its checks say %v, and the module as a whole says %q", failed, whole.ForbiddenDetail())
	}
	return failed, nil
}

func run() error {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return err
	}
	it := judge{newestChecks(), evaluator}
	answers := json.NewEncoder(os.Stdout)
	if err := answers.Encode(it.versions()); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for count := 1; lines.Scan(); count++ {
		failed, err := it.failed(lines.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", count, err)
		}
		if err := answers.Encode(failed); err != nil {
			return err
		}
	}
	return lines.Err()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pod_baseline:", err)
		os.Exit(1)
	}
}
