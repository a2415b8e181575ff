"""How fast observables are recognised: lines that a worker does in a second of its processor time, beside a program that
answers each line with itself; and the whole command."""

import json
import resource
import statistics
import subprocess
import time

LINES = 5000
WHOLE = 10000


def make_text(lines):
    """Addresses, names, URLs and hashes, half of them defanged."""
    kinds = ("198.51.{0}.{1}", "198[.]51[.]{0}[.]{1}", "host-{2}.example.com", "host-{2}[.]example[.]com",
             "https://www.example.com/path/{2}?x=1", "hxxps://www[.]example[.]com/{2}", "{2:064x}", "report-{2}.pdf")
    return "".join(kinds[n % len(kinds)].format(n >> 8 & 255, n & 255, n) + "\n" for n in range(lines))


def spend(program, text):
    """Returns the processor time of a program that answers the call for a text."""
    call = {"method": "org.threatresponse.worker.Recognise", "parameters": {"text": text}, "more": True}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([program], input=json.dumps(call).encode() + b"\0", stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_rate(program, text, runs):
    """The start of the process is not counted: it is that of a text of one line."""
    whole, start = zip(*((spend(program, text), spend(program, "x\n")) for _ in range(runs)))
    return LINES / max(statistics.median(whole) - statistics.median(start), 1e-6)


def measure(stage, table, daemon, forms, runs):
    a_second, milliseconds = forms
    text = make_text(LINES)
    table.add(f"Recognise, worker, {LINES:,} lines: lines", a_second,
              measure_rate(stage.program("threatresponse-worker"), text, runs),
              measure_rate(stage.program("bench/bare-recognition"), text, runs), least=0.15)
    path = f"{stage.directory('text')}/text"
    with open(path, "w", encoding="ascii") as file:
        file.write(make_text(WHOLE))
    taken = []
    for _ in range(max(3, runs // 4)):
        with open(path, "rb") as file:
            begin = time.monotonic()
            subprocess.run([stage.program("trctl"), "--socket", daemon.socket, "--json", "recognise"], stdin=file,
                           stdout=subprocess.DEVNULL, check=False)
            taken.append(time.monotonic() - begin)
    table.add(f"whole command: trctl recognise, {WHOLE:,} lines", milliseconds, statistics.median(taken))
