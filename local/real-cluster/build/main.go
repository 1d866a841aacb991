// One program that is each part of a Kubernetes cluster: etcd, the API server, the controllers, the scheduler, kubectl, and kubemark
// with its hollow kubelet, which is a real kubelet with a real volume manager whose containers are pretended.
//
// It is the part that it is called by, as through a link of that name, or else the one that its first argument names.
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

	// The metrics and the log format that the parts have in the Kubernetes project's own builds of them.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// usageError is the exit code of a call that names no part, as shells and flag parsers have it.
const usageError = 2

// A part runs one component to its end. Its arguments begin with the component's name, and the result is the exit code.
type part func(args []string) int

// parts are all components, by the names of their own programs.
var parts = map[string]part{
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
		explain(os.Stderr, os.Args)
		os.Exit(usageError)
	}
	os.Exit(run(args))
}

// choose finds the part that a command line asks for, and what of the line belongs to it; nil when it asks for none.
func choose(line []string) (part, []string) {
	for start := range min(len(line), 2) {
		if run := parts[filepath.Base(line[start])]; run != nil {
			return run, line[start:]
		}
	}
	return nil, nil
}

// explain says how the program is called, and what was wrong with this call.
func explain(out io.Writer, line []string) {
	if len(line) > 1 {
		fmt.Fprintf(out, "%q is no part of a cluster that this program knows.\n\n", line[1])
	}
	fmt.Fprintf(out, "Kubernetes %s in one program.\n\n", version.Get().GitVersion)
	fmt.Fprintf(out, "Usage: %s PART [flags]\n\n", filepath.Base(line[0]))
	fmt.Fprintf(out, "PART is one of: %s.\n", strings.Join(slices.Sorted(maps.Keys(parts)), ", "))
	fmt.Fprintln(out, "A link to this program that has the name of a part is that part. Each tells its flags by --help.")
}

// runEtcd hands over to etcd, which ends the process by itself when it fails.
func runEtcd(args []string) int {
	etcdmain.Main(args)
	return 0
}

// ofCommand makes a part of a component that comes as a cobra command. The command is built only when it is run: building one
// registers global flags, and those of two components clash. Cobra and kubectl's plugins read the process's own arguments.
func ofCommand(build func() *cobra.Command) part {
	return func(args []string) int {
		os.Args = args
		return cli.Run(build())
	}
}
