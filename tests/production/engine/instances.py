"""Small instances of our own in every format that the command line reads."""

import json

CSPLIB = """\
8 2 3
1 1
2 3
0 2 1 0
1 2 0 1
2 4 0 0
"""
OBJECTIVES = """\
rank;objective name;
1;high_priority_level_and_easy_to_satisfy_ratio_constraints;
2;paint_color_batches;
3;low_priority_level_ratio_constraints;
"""
RATIOS = """\
Ratio;Prio;Ident;
1/3;1;HPRC1;
1/2;0;LPRC1;
"""
VEHICLES = """\
Date;SeqRank;Ident;Paint Color;HPRC1;LPRC1
D0;1;900;1;0;0
D0;2;901;1;1;1
D1;1;100;1;1;0
D1;2;101;1;0;1
D1;3;102;2;0;1
D1;4;103;2;1;0
D1;5;104;1;0;0
D1;6;105;1;0;0
D1;7;106;1;0;1
"""
ATSP = """\
NAME: ours
TYPE: ATSP
DIMENSION: 5
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: FULL_MATRIX
EDGE_WEIGHT_SECTION
99 2 9 9 9 9 99 2 9 9
9 9 99 2 9 9 9 9 99 2 2 9 9 9 99
EOF
"""
WTSDS = """\
Problem Size: 3
Begin Problem Specification
Process Times:
5
4
3
Weights:
1
2
3
Duedates:
12
10
4
Setup Times:
-1 0 1
-1 1 1
-1 2 1
0 1 1
0 2 9
1 0 1
1 2 9
2 0 5
2 1 1
End Problem Specification
"""
JOBSHOP = """\
# ours
2 2
0 3 1 4
1 2 0 3
"""
ORDERS = [
    {"capacity": 10, "minimum": 0, "max_wait_s": 100, "run_s": 50},
    {"key": "x", "family": "A", "quantity": 6, "arrived_s": 0, "due_s": 900},
    {"key": 7, "family": "A", "quantity": 4, "arrived_s": 30, "due_s": 900},
    {"key": "y", "family": "B", "quantity": 23, "arrived_s": 40, "due_s": 900},
]
ALB = """\
<number of tasks>
12

<task times>
1 9
2 6
3 9
4 7
5 18
6 5
7 27
8 8
9 4
10 10
11 6
12 15

<precedence relations>
1,2
2,3
3,4
4,5
5,7
6,7
7,8
8,9
8,10
9,11
10,11
11,12

<end>
"""


def write_all(folder):
    """Write one instance of each format and give their paths."""
    texts = {
        "csplib": CSPLIB,
        "atsp": ATSP,
        "wtsds": WTSDS,
        "jobshop": JOBSHOP,
        "orders": "\n".join(json.dumps(row) for row in ORDERS),
        "alb": ALB,
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    day = folder / "roadef"
    day.mkdir()
    (day / "optimization_objectives.txt").write_text(OBJECTIVES)
    (day / "paint_batch_limit.txt").write_text("limitation;\n3;")
    (day / "ratios.txt").write_text(RATIOS)
    (day / "vehicles.txt").write_text(VEHICLES)
    return {name: folder / name for name in (*texts, "roadef")}
