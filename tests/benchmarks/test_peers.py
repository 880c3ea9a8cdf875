"""What bp_helpers is compared with computes the same."""

import gradients
import timing


def test_the_bare_copy_and_the_loop_agree_with_the_package():
    timing.check(*gradients.case([2, 3, 2], 4))
