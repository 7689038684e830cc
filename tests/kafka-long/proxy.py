#!/usr/bin/env python3
"""Brokers' doors that stall and shut: proxy.py PORTFILE FOLDER HOST:PORT...

For each HOST:PORT, takes connections on a free port of 127.0.0.1 (all are written to PORTFILE, a line each) and passes
bytes to and from it. While FOLDER holds a file `stall` nothing is passed on; whenever a file `cut` appears, all
connections are shut, and it is removed.
"""
import os
import selectors
import socket
import sys
import time


def main():
    portfile, folder = sys.argv[1:3]
    selector = selectors.DefaultSelector()
    doors = {}
    for target in sys.argv[3:]:
        host, port = target.rsplit(":", 1)
        door = socket.create_server(("127.0.0.1", 0))
        doors[door] = host, int(port)
        selector.register(door, selectors.EVENT_READ)
    with open(portfile + ".new", "w") as file:
        file.writelines("%d\n" % door.getsockname()[1] for door in doors)
    os.rename(portfile + ".new", portfile)
    peers = {}

    def shut(one):
        for end in (one, peers.get(one)):
            if end in peers:
                del peers[end]
                selector.unregister(end)
                end.close()

    while True:
        events = selector.select(0.02)
        if os.path.exists(os.path.join(folder, "cut")):
            for end in list(peers):
                shut(end)
            os.remove(os.path.join(folder, "cut"))
            continue
        if os.path.exists(os.path.join(folder, "stall")):
            time.sleep(0.02)
            continue
        for key, _ in events:
            if key.fileobj in doors:
                near = key.fileobj.accept()[0]
                try:
                    far = socket.create_connection(doors[key.fileobj])
                except OSError:
                    near.close()
                    continue
                peers[near], peers[far] = far, near
                selector.register(near, selectors.EVENT_READ)
                selector.register(far, selectors.EVENT_READ)
            elif key.fileobj in peers:
                try:
                    data = key.fileobj.recv(65536)
                    if data:
                        peers[key.fileobj].sendall(data)
                except OSError:
                    data = b""
                if not data:
                    shut(key.fileobj)


if __name__ == "__main__":
    main()
