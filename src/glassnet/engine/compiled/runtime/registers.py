"""The vector registers of this processor, and how a function comes to fill them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic as _intrinsic

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature

intrinsic: Any = _intrinsic


def register_bytes() -> int:
    """The size of this processor's vector registers."""
    features = binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


BYTES = register_bytes()


@intrinsic
def fill_registers(typing: "TypingContext") -> Any:
    """Have the loops of the function around it fill whole registers; by itself LLVM takes half of those of AVX-512."""

    def build(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", given: Sequence[ir.Value]) -> Any:
        set.add(builder.function.attributes, f'"prefer-vector-width"="{8 * BYTES}"')  # not among those llvmlite names
        return context.get_dummy_value()

    return types.void(), build
