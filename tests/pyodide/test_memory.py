"""In WebAssembly with 256 MB too, running out of memory makes a payload unreadable."""

import pytest

from connectly_errors import Defect, DefectKind, parse, parse_all

UNREADABLE = (Defect(DefectKind.UNREADABLE),)
LEFT = (4, 10, 16, 22, 60)  # MB: json.loads fails with the first, nothing with the last


def take_all(taken: list[bytearray]) -> None:
    try:
        while True:
            taken.append(bytearray(2**20))
    except MemoryError:
        pass


@pytest.mark.parametrize("entry", ['{"error": {}}, ', '{"error": {"code": "X"}}, '])
def test_memory_that_runs_out_makes_a_payload_unreadable(entry: str) -> None:
    body = f'{{"data": [{entry * 75_000}0]}}'.encode()
    whole = [(parse(body).defects,), tuple(error.defects for error in parse_all(body))]
    taken: list[bytearray] = []
    answers = []
    for left in LEFT:
        take_all(taken)
        del taken[-left:]
        one = parse(body).defects
        every = parse_all(body)
        taken.clear()
        answers.append([(one,), tuple(error.defects for error in every)])
        del every
    assert answers[0] == [(UNREADABLE,), (UNREADABLE,)]
    assert answers[-1] == whole
    for answer in answers:
        for defects, expected in zip(answer, whole, strict=True):
            assert defects == expected or defects[-1] == UNREADABLE
