"""Judge plans from the files alone; shares no code with the engines."""

import json
from itertools import pairwise


def csplib(path, plan):
    rows = [
        [int(part) for part in line.split()]
        for line in path.read_text().splitlines()
        if line.strip()
    ]
    (n_cars, n_options, n_classes), most, widths, *classes = rows
    for number, count, *_ in classes[:n_classes]:
        assert plan.count(number) == count
    assert len(plan) == n_cars
    total = 0
    for option in range(n_options):
        marks = [classes[number][2 + option] for number in plan]
        for begin in range(n_cars - widths[option] + 1):
            inside = sum(marks[begin : begin + widths[option]])
            total += max(0, inside - most[option])
    return [total]


class Challenge:
    """A folder of the ROADEF challenge and a plan for its latest day."""

    def __init__(self, folder, plan):
        self.folder = folder
        head, *cars = self.table("vehicles.txt")
        self.head = [name.strip() for name in head]
        day = cars[-1][0]
        before = sorted((c for c in cars if c[0] != day), key=lambda c: int(c[1]))
        today = {car[2]: car for car in cars if car[0] == day}
        assert sorted(plan) == sorted(today)
        self.line = before + [today[key] for key in plan]
        self.n_before = len(before)

    def table(self, name):
        lines = (self.folder / name).read_text().splitlines()
        return [line.split(";") for line in lines if line.strip()]

    def ratios(self, priority):
        total = 0
        for ratio, prio, name, *_ in self.table("ratios.txt")[1:]:
            if prio != priority:
                continue
            most, width = map(int, ratio.split("/"))
            marks = [int(car[self.head.index(name)]) for car in self.line]
            for end in range(self.n_before, len(marks)):
                if end - width + 1 >= 0:
                    total += max(0, sum(marks[end - width + 1 : end + 1]) - most)
            for begin in range(max(0, len(marks) - width + 1), len(marks)):
                total += max(0, sum(marks[begin:]) - most)
        return total

    def colour_changes(self):
        paints = [car[self.head.index("Paint Color")] for car in self.line]
        limit = int(self.table("paint_batch_limit.txt")[1][0])
        run = changes = 0
        for at in range(self.n_before, len(paints)):
            is_same = at > 0 and paints[at] == paints[at - 1]
            changes += at > 0 and not is_same
            run = run + 1 if is_same and at > self.n_before else 1
            assert run <= limit
        return changes


def roadef(folder, plan):
    challenge = Challenge(folder, plan)
    values = {
        "high": challenge.ratios("1"),
        "low_": challenge.ratios("0"),
        "pain": challenge.colour_changes(),
    }
    rows = challenge.table("optimization_objectives.txt")[1:]
    return [values[row[1][:4]] for row in rows]


def atsp(path, plan):
    text = path.read_text()
    size = int(text.split("DIMENSION:")[1].split()[0])
    section = text.split("EDGE_WEIGHT_SECTION")[1].replace("EOF", "")
    numbers = [int(part) for part in section.split()]
    assert sorted(plan) == list(range(1, size + 1))
    return [
        sum(numbers[(plan[at - 1] - 1) * size + plan[at] - 1] for at in range(size))
    ]


def wtsds(path, plan):
    def column(name, following):
        text = path.read_text().split(f"{name}:")[1].split(following)[0]
        return [int(part) for part in text.split()]

    times = column("Process Times", "Weights")
    weights = column("Weights", "Duedates")
    dues = column("Duedates", "Setup")
    flat = column("Setup Times", "End")
    setups = {(flat[at], flat[at + 1]): flat[at + 2] for at in range(0, len(flat), 3)}
    assert sorted(plan) == list(range(len(times)))
    clock, before, late = 0, -1, 0
    for job in plan:
        clock += setups.get((before, job), 0) + times[job]
        late += weights[job] * max(0, clock - dues[job])
        before = job
    return [late]


def jobshop(path, plan, workers):
    lines = [
        [int(part) for part in line.split()]
        for line in path.read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    jobs = lines[1 : lines[0][0] + 1]
    rows = {(row["job"], row["operation"]): row for row in plan}
    assert len(rows) == len(plan) == sum(len(job) // 2 for job in jobs)
    busy = []
    for job, numbers in enumerate(jobs):
        ready = 0
        for place in range(len(numbers) // 2):
            row = rows[(job, place)]
            assert row["machine"] == numbers[2 * place]
            assert row["end"] - row["start"] == numbers[2 * place + 1]
            assert row["start"] >= ready
            ready = row["end"]
            busy.append((("machine", row["machine"]), row["start"], row["end"]))
            if workers is None:
                assert row["worker"] is None
            else:
                assert 0 <= row["worker"] < workers
                busy.append((("worker", row["worker"]), row["start"], row["end"]))
    spans = sorted(span for span in busy if span[1] < span[2])
    for one, two in pairwise(spans):
        assert one[0] != two[0] or one[2] <= two[1]
    return [max(row["end"] for row in plan)]


def batch(path, plan):
    limits, *orders = [json.loads(line) for line in path.read_text().splitlines()]
    by_key = {order["key"]: order for order in orders}
    made = dict.fromkeys(by_key, 0)
    for load in plan:
        assert sum(m["quantity"] for m in load["members"]) <= limits["capacity"]
        for member in load["members"]:
            order = by_key[member["key"]]
            made[member["key"]] += member["quantity"]
            assert order["family"] == load["family"]
            assert order["arrived_s"] <= load["at_s"]
    assert made == {key: order["quantity"] for key, order in by_key.items()}
    sums: dict[str, int] = {}
    for order in orders:
        sums[order["family"]] = sums.get(order["family"], 0) + order["quantity"]
    return sum(-(-total // limits["capacity"]) for total in sums.values())


def balance(path, plan, cycle):
    text = path.read_text()
    times = {}
    for line in text.split("<task times>")[1].split("<")[0].split("\n"):
        if line.strip():
            task, time = line.split()
            times[int(task)] = int(time)
    place = {task: at for at, station in enumerate(plan) for task in station}
    assert sorted(place) == sorted(times) == sorted(t for s in plan for t in s)
    assert all(sum(times[task] for task in station) <= cycle for station in plan)
    for line in text.split("<precedence relations>")[1].split("<")[0].split("\n"):
        if line.strip():
            before, after = map(int, line.split(","))
            assert place[before] <= place[after]
    return [len(plan)]
