// One binary that contains all components of a Kubernetes cluster: etcd, the API server, the controller manager, the scheduler,
// kubectl, and kubemark with its hollow kubelet, which is a real kubelet with a real volume manager but without containers.
//
// It runs the component that it is called by, e.g. through a link, or else the one that its first argument names.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	hollownode "k8s.io/kubernetes/cmd/kubemark/app"

	// Metrics and log format, as in the official binaries.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// usageError is the exit code of a call without a known component.
const usageError = 2

// A component runs until it exits, and returns its exit code. The first argument is its name.
type component func(args []string) int

// components are all components by the names of their official binaries.
var components = map[string]component{
	"etcd":                    runEtcd,
	"kube-apiserver":          ofCommand(apiserver.NewAPIServerCommand),
	"kube-controller-manager": ofCommand(controllers.NewControllerManagerCommand),
	"kube-scheduler":          ofCommand(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubectl":                 ofCommand(kubectl.NewDefaultKubectlCommand),
	"kubemark":                ofCommand(hollownode.NewHollowNodeCommand),
}

func main() {
	run, args := choose(os.Args)
	if run == nil {
		printUsage(os.Stderr, os.Args)
		os.Exit(usageError)
	}
	os.Exit(run(args))
}

// choose returns the component that a command line names, and its arguments; nil when it names none.
func choose(line []string) (component, []string) {
	for start := range min(len(line), 2) {
		if run := components[filepath.Base(line[start])]; run != nil {
			return run, line[start:]
		}
	}
	return nil, nil
}

// printUsage prints how to call the program, and what was wrong with this call.
func printUsage(out io.Writer, line []string) {
	if len(line) > 1 {
		fmt.Fprintf(out, "unknown component %q\n\n", line[1])
	}
	fmt.Fprintf(out, "Kubernetes %s in one binary.\n\n", version.Get().GitVersion)
	fmt.Fprintf(out, "Usage: %s COMPONENT [flags]\n\n", filepath.Base(line[0]))
	fmt.Fprintf(out, "COMPONENT is one of: %s.\n", strings.Join(slices.Sorted(maps.Keys(components)), ", "))
	fmt.Fprintln(out, "A link with the name of a component runs that component. Each prints its flags with --help.")
}

// runEtcd runs etcd, which exits the process when it fails.
func runEtcd(args []string) int {
	etcdmain.Main(args)
	return 0
}

// ofCommand wraps a cobra command as a component. It builds the command only when it runs, because building registers global
// flags, which conflict between components. Cobra and kubectl's plugins read the arguments of the process.
func ofCommand(build func() *cobra.Command) component {
	return func(args []string) int {
		os.Args = args
		return cli.Run(build())
	}
}
