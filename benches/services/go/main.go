// The server as a service by golang.org/x/sys/windows/svc, in the way of that package's example.
package main

import (
	"bufio"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/windows/svc"
)

func main() {
	if svc.Run("", service{}) != nil {
		os.Exit(1)
	}
}

type service struct{}

func (service) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	status <- svc.Status{State: svc.StartPending, CheckPoint: 1, WaitHint: 20000}
	if len(os.Args) < 2 {
		return true, 1
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		return true, 2
	}
	served := make(chan struct{})
	go func() {
		serve(listener)
		close(served)
	}()
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	status <- running
	for request := range requests {
		switch request.Cmd {
		case svc.Interrogate:
			status <- request.CurrentStatus
		case svc.Stop, svc.Shutdown:
			status <- svc.Status{State: svc.StopPending, CheckPoint: 1, WaitHint: 20000}
			listener.Close()
			<-served
			return false, 0
		}
	}
	return false, 0
}

// Serves until the listener is closed, and then what is in flight.
func serve(listener net.Listener) {
	var inFlight sync.WaitGroup
	for {
		connection, err := listener.Accept()
		if err != nil {
			break
		}
		inFlight.Add(1)
		go func() {
			defer inFlight.Done()
			answer(connection)
		}()
	}
	inFlight.Wait()
}

func answer(connection net.Conn) {
	defer connection.Close()
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return
	}
	milliseconds, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return
	}
	if _, err := connection.Write([]byte("working\n")); err != nil {
		return
	}
	time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	connection.Write([]byte("done\n"))
}
