#!/usr/bin/env python3
"""store_proxy.py PORT-FILE HOST:PORT HOW AFTER [TIMES]: forwards connections, and once AFTER bytes of answers have gone
through one, HOW: `stall` says nothing more on it, `cut` closes it. Only the first TIMES connections that get so far
suffer that (else: all)."""
import os
import socket
import sys
import threading

port_file, target, how, after = sys.argv[1], sys.argv[2].rsplit(":", 1), sys.argv[3], int(sys.argv[4])
left = [int(sys.argv[5]) if len(sys.argv) > 5 else 1 << 30]


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def answer(server, client):
    seen = 0
    try:
        while data := server.recv(65536):
            if seen + len(data) > after and left[0] > 0:
                left[0] -= 1
                client.sendall(data[: after - seen])
                if how == "stall":
                    threading.Event().wait()
                client.shutdown(socket.SHUT_RDWR)
                server.close()
                return
            seen += len(data)
            client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", 0))
with open(port_file + ".new", "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(port_file + ".new", port_file)
while True:
    client, _ = listener.accept()
    server = socket.create_connection((target[0], int(target[1])))
    threading.Thread(target=pump, args=(client, server), daemon=True).start()
    threading.Thread(target=answer, args=(server, client), daemon=True).start()
