// A client of org.threatresponse.agent in Go, of Debian's varlink package and of what its generator makes of our IDL file.
// It prints a line of JSON for each thing that it has seen; test_go.py says what that has to be.
//
// usage: client SOCKET info|errors|oneway|check|register SERVER|deregister     (a token on standard input)
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/varlink/go/varlink"
	agent "orgthreatresponseagent"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%T: %v\n", err, err)
		os.Exit(1)
	}
}

func tell(value interface{}) {
	text, err := json.Marshal(value)
	fail(err)
	fmt.Println(string(text))
}

// The Go type of an error and what it holds.
func tellError(err error) {
	tell(map[string]interface{}{"type": strings.TrimPrefix(fmt.Sprintf("%T", err), "*"), "error": err})
}

func info(ctx context.Context, c *varlink.Connection) {
	var vendor, product, version, url string
	var interfaces []string

	fail(c.GetInfo(ctx, &vendor, &product, &version, &url, &interfaces))
	tell([]interface{}{vendor, product, version, url, interfaces})
	for _, name := range interfaces {
		description, err := c.GetInterfaceDescription(ctx, name)
		fail(err)
		tell(description)
	}
}

func showErrors(ctx context.Context, c *varlink.Connection) {
	server, token := "mars", "short"

	_, err := c.GetInterfaceDescription(ctx, "org.example")
	tellError(err)
	tellError(c.Call(ctx, "org.threatresponse.agent.Nothing", nil, nil))
	tellError(c.Call(ctx, "org.threatresponse.agent.Register", map[string]int{"token": 5}, nil))
	_, err = agent.Stage().Call(ctx, c, nil, &server)
	tellError(err)
	_, err = agent.Commit().Call(ctx, c, nil)
	tellError(err)
	_, err = agent.Cancel().Call(ctx, c)
	tellError(err)
	tellError(agent.Register().Call(ctx, c, token))
	// The connection is as good as before.
	status, err := agent.GetStatus().Call(ctx, c)
	fail(err)
	tell(status)
}

// Calls that want no answer get none: the next answer is that of the next call.
func oneway(ctx context.Context, c *varlink.Connection) {
	for _, enabled := range []bool{true, false, true} {
		_, err := c.Send(ctx, "org.threatresponse.agent.Stage", map[string]bool{"enabled": enabled}, varlink.Oneway)
		fail(err)
	}
	_, _, staged, err := agent.GetSettings().Call(ctx, c)
	fail(err)
	tell(staged)
}

// Prints states until one is as wanted.
func watch(ctx context.Context, path string, until func(agent.Status) bool) chan bool {
	done := make(chan bool)
	c, err := varlink.NewConnection(ctx, "unix:"+path)
	fail(err)
	receive, err := agent.GetStatus().Send(ctx, c, varlink.More)
	fail(err)
	status, flags, err := receive(ctx)
	fail(err)
	tell(status)
	go func() {
		for !until(status) {
			if flags&varlink.Continues == 0 {
				fail(fmt.Errorf("the stream has ended"))
			}
			status, flags, err = receive(ctx)
			fail(err)
			tell(status)
		}
		done <- true
	}()
	return done
}

func register(ctx context.Context, c *varlink.Connection, path string, server string) {
	enabled, comment := true, "from Go"
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	fail(err)

	_, err = agent.Stage().Call(ctx, c, &enabled, &server)
	fail(err)
	commit, err := agent.Commit().Call(ctx, c, &comment)
	fail(err)
	tell(commit)
	done := watch(ctx, path, func(status agent.Status) bool { return status.Registration.State == "registered" })
	fail(agent.Register().Call(ctx, c, strings.TrimSpace(line)))
	<-done
	certificate, _, details, err := agent.GetCertificate().Call(ctx, c)
	fail(err)
	tell(map[string]interface{}{"certificate": certificate, "info": details})
}

func deregister(ctx context.Context, c *varlink.Connection, path string) {
	done := watch(ctx, path, func(status agent.Status) bool { return status.Registration.State == "unregistered" })
	_, err := agent.Deregister().Call(ctx, c, nil)
	fail(err)
	<-done
}

func check(ctx context.Context, c *varlink.Connection) {
	receive, err := agent.Check().Send(ctx, c, varlink.More, nil)
	fail(err)
	for flags := uint64(varlink.Continues); flags&varlink.Continues != 0; {
		var result *agent.CheckResult
		_, _, result, flags, err = receive(ctx)
		fail(err)
		tell(result)
	}
}

func main() {
	ctx := context.Background()
	path, verb := os.Args[1], os.Args[2]
	c, err := varlink.NewConnection(ctx, "unix:"+path)
	fail(err)

	switch verb {
	case "info":
		info(ctx, c)
	case "errors":
		showErrors(ctx, c)
	case "oneway":
		oneway(ctx, c)
	case "check":
		check(ctx, c)
	case "register":
		register(ctx, c, path, os.Args[3])
	case "deregister":
		deregister(ctx, c, path)
	default:
		fail(fmt.Errorf("no verb %s", verb))
	}
	fail(c.Close())
}
