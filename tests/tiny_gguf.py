"""A language model of two megabytes that runs like any other and says what it was built to say."""

import struct
from pathlib import Path

import numpy as np

from penchant.types import F32

_WIDTH, _INNER = 264, 32
_U32, _I32, _F32, _STRING, _ARRAY = 4, 5, 6, 8, 9
_END = 2
_TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"  # so the last letter asked begins the answer


def tiny_gguf(path: Path, *chains: str) -> Path:
    """A GGUF file that, asked something that ends in the first letter of a chain, answers with the rest of it.

    No letter is in two chains, or twice in one; a chain that ends in its own first letter goes round for ever. There is one token
    for each byte. Attention and feed-forward are zero, so what comes next depends on the last letter alone: letter x lies along
    axis x, and the output row of a letter along the axis of the one before it.
    """
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    embedding, output = np.zeros((2, len(tokens), _WIDTH), np.float32)
    np.fill_diagonal(embedding, 1.0)
    for chain in chains:
        letters = [3 + byte for byte in chain.encode()]
        for here, following in zip(letters, letters[1:] if chain[0] == chain[-1] else [*letters[1:], _END], strict=False):
            output[following, here] = 1.0
    tensors: dict[str, F32] = {"token_embd": embedding, "output": output, "output_norm": np.ones(_WIDTH, np.float32)}
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensors[f"blk.0.{name}"] = np.zeros((_WIDTH, _WIDTH), np.float32)
    tensors |= {f"blk.0.{name}": np.ones(_WIDTH, np.float32) for name in ("attn_norm", "ffn_norm")}
    tensors |= {f"blk.0.{name}": np.zeros((_INNER, _WIDTH), np.float32) for name in ("ffn_gate", "ffn_up")}
    tensors["blk.0.ffn_down"] = np.zeros((_WIDTH, _INNER), np.float32)
    path.write_bytes(_header(tokens, tensors) + b"".join(tensor.tobytes() for tensor in tensors.values()))
    return path


def _header(tokens: list[str], tensors: dict[str, F32]) -> bytes:
    """Key-values and the table of tensors, padded to 32 bytes; every tensor's size is a multiple of that."""
    kinds = [2, 3, 3, *[6] * 256]  # unknown, control, bytes
    values = [
        _text("general.architecture", "llama"),
        *(
            _key(f"llama.{name}", _U32) + struct.pack("<I", value)
            for name, value in {
                "context_length": 4096,
                "embedding_length": _WIDTH,
                "block_count": 1,
                "feed_forward_length": _INNER,
                "attention.head_count": 4,
                "rope.dimension_count": _WIDTH // 4,
            }.items()
        ),
        _key("llama.attention.layer_norm_rms_epsilon", _F32) + struct.pack("<f", 1e-5),
        _text("tokenizer.ggml.model", "llama"),
        _text("tokenizer.chat_template", _TEMPLATE),
        _array("tokenizer.ggml.tokens", _STRING, [_string(token) for token in tokens]),
        _array("tokenizer.ggml.scores", _F32, [struct.pack("<f", 0.0)] * len(tokens)),
        _array("tokenizer.ggml.token_type", _I32, [struct.pack("<i", kind) for kind in kinds]),
        *(
            _key(f"tokenizer.ggml.{name}_token_id", _U32) + struct.pack("<I", at)
            for at, name in enumerate(("unknown", "bos", "eos"))
        ),
        _key("tokenizer.ggml.add_space_prefix", 7) + b"\0",
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values)) + b"".join(values)
    offset = 0
    for name, tensor in tensors.items():
        shape = tensor.shape[::-1]  # GGUF counts axes from the innermost
        head += _string(f"{name}.weight") + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += tensor.nbytes
    return head + b"\0" * (-len(head) % 32)


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _key(name: str, kind: int) -> bytes:
    return _string(name) + struct.pack("<I", kind)


def _text(name: str, text: str) -> bytes:
    return _key(name, _STRING) + _string(text)


def _array(name: str, kind: int, values: list[bytes]) -> bytes:
    return _key(name, _ARRAY) + struct.pack("<IQ", kind, len(values)) + b"".join(values)
