#!/usr/bin/env python3
"""A broker's door that stalls and shuts: proxy.py PORTFILE HOST:PORT FOLDER

Takes connections on a free port of 127.0.0.1 (written to PORTFILE) and passes bytes to and from HOST:PORT. While FOLDER
holds a file `stall` nothing is passed on; whenever a file `cut` appears, all connections are shut, and it is removed.
"""
import os
import selectors
import socket
import sys
import time


def main():
    portfile, target, folder = sys.argv[1:]
    host, port = target.rsplit(":", 1)
    selector = selectors.DefaultSelector()
    door = socket.create_server(("127.0.0.1", 0))
    selector.register(door, selectors.EVENT_READ)
    with open(portfile + ".new", "w") as file:
        file.write(str(door.getsockname()[1]))
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
            if key.fileobj is door:
                near = door.accept()[0]
                try:
                    far = socket.create_connection((host, int(port)))
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
