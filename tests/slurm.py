"""A SLURM of one node: munged, slurmctld and slurmd as plain processes, gone after the tests."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "setpriv")
# The steps of jobs start without SLURM_CONF, so the configuration must lie where SLURM looks.
CONFIG_FOLDER = Path("/etc/slurm")
CLUSTER = "ClusterName=deepartist-tests"
CONFIG = """\
{cluster}
SlurmctldHost={host}({address})
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthInfo=socket={folder}/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
MinJobAge=3600
KillWait=5
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName={host} NodeAddr={address} CPUs=4 RealMemory=64000 Gres=gpu:1
PartitionName=cpu Nodes={host} Default=YES
PartitionName=gpu Nodes={host}
"""


def reason_to_skip() -> str | None:
    """Say why no cluster can be started here, if so."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return f"needs {', '.join(missing)}: make slurm"
    if os.geteuid() != 0:
        return "SLURM starts as root only"
    config = CONFIG_FOLDER / "slurm.conf"
    if config.exists() and CLUSTER not in config.read_text():
        return f"{config} belongs to another cluster"
    try:
        socket.gethostbyname(socket.gethostname())
    except OSError:
        return f"the host name {socket.gethostname()} has no address; put it into /etc/hosts"
    return None


@contextmanager
def running_cluster() -> Iterator[None]:
    """Start a cluster with the partitions cpu and gpu and one GPU that is only declared."""
    host, _, _ = socket.gethostname().partition(".")
    daemons: list[subprocess.Popen] = []
    with tempfile.TemporaryDirectory(prefix="deepartist-slurm-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # munged wants its socket where everyone may reach it
        (folder / "state").mkdir()
        key = folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        CONFIG_FOLDER.mkdir(exist_ok=True)
        config, devices = CONFIG_FOLDER / "slurm.conf", CONFIG_FOLDER / "gres.conf"
        try:
            config.write_text(
                CONFIG.format(
                    cluster=CLUSTER,
                    host=host,
                    # loopback, unless the host name, as in a container, means something else:
                    # SLURM listens where that points to
                    address=socket.gethostbyname(socket.gethostname()),
                    ports=free_ports(2),
                    folder=folder,
                )
            )
            devices.write_text(f"NodeName={host} Name=gpu File=/dev/null\n")
            files = [f"--{kind}-file={folder}/munge.{kind}" for kind in ("key", "pid", "seed")]
            files.append(f"--socket={folder}/munge.socket")
            daemons.append(start(folder, "munged", "--foreground", *files))
            wait_for("munged", (folder / "munge.socket").exists)
            daemons.append(start(folder, "slurmctld", "-D"))
            daemons.append(start(folder, "slurmd", "-D"))
            wait_for("an idle node", lambda: "idle" in ask("sinfo", "--noheader", "--format=%T"))
            yield
        finally:
            end(daemons)
            config.unlink(missing_ok=True)
            devices.unlink(missing_ok=True)


def ask(*command: str) -> str:
    """Return what a command of SLURM says; nothing when it fails."""
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return finished.stdout.strip() if finished.returncode == 0 else ""


def wait_for(what: str, is_so: Callable[[], bool], timeout_s: float = 60) -> None:
    """Wait until something is so, and fail when it takes too long."""
    last_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < last_s, f"{what}: not within {timeout_s:.0f} s"
        time.sleep(0.1)


def free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start(folder: Path, *command: str) -> subprocess.Popen:
    """Start a daemon that ends when this process does, however it ends."""
    with (folder / f"{command[0]}.log").open("wb") as log:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def end(daemons: list[subprocess.Popen]) -> None:
    """End the jobs, which would outlive the daemons, then the daemons."""
    if len(daemons) == 3:
        ask("scancel", "--user=root")
        wait_for("an empty queue", lambda: not ask("squeue", "--noheader"))
    for daemon in reversed(daemons):
        daemon.terminate()
        try:
            daemon.wait(timeout=20)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
