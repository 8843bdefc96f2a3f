"""The cases of `train_step.py` in JAX, each one compiled function.

A step donates its buffers: parameters and moments are updated in place.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

VERSION = jax.__version__
BATCH, PIXELS, LATENT = 128, 784, 20
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8  # of Adam

MLP = {
    "hidden": (PIXELS, 400),
    "mean": (400, LATENT),
    "logvar": (400, LATENT),
    "decoder": (LATENT, 400),
    "logits": (400, PIXELS),
}
CONV = {
    "conv1": (4, 4, 1, 32),
    "conv2": (4, 4, 32, 64),
    "hidden": (3136, 256),
    "mean": (256, LATENT),
    "logvar": (256, LATENT),
    "decoder": (LATENT, 256),
    "images": (256, 3136),
    "deconv1": (4, 4, 64, 32),
    "deconv2": (4, 4, 32, 1),
}


def initial(shapes):
    """Weights and biases, uniform in ±1/√fan-in."""
    random = np.random.default_rng(0)

    def layer(shape):
        bound = 1 / np.sqrt(np.prod(shape[:-1]))
        return [jnp.array(random.uniform(-bound, bound, s), jnp.float32) for s in (shape, shape[-1:])]

    return {name: layer(shape) for name, shape in shapes.items()}


def dense(layer, x):
    weight, bias = layer
    return x @ weight + bias


def mlp_encoder(p, x):
    return jax.nn.relu(dense(p["hidden"], x))


def mlp_decoder(p, z):
    return dense(p["logits"], jax.nn.relu(dense(p["decoder"], z)))


def conv_coders(layout):
    """Encoder and decoder on images in `layout`, NHWC or NCHW."""
    names = (layout, "HWIO", layout)

    def shape(side, channels):
        return (-1, side, side, channels) if layout == "NHWC" else (-1, channels, side, side)

    def add_bias(x, bias):
        return x + (bias if layout == "NHWC" else bias[:, None, None])

    def conv(layer, x):
        weight, bias = layer
        padding = [(1, 1), (1, 1)]
        return add_bias(lax.conv_general_dilated(x, weight, (2, 2), padding, dimension_numbers=names), bias)

    def deconv(layer, x):
        """Padding 2 of the dilated input is PyTorch's padding 1: 4 - 1 - 1."""
        weight, bias = layer
        padding = [(2, 2), (2, 2)]
        return add_bias(lax.conv_transpose(x, weight, (2, 2), padding, dimension_numbers=names), bias)

    def encoder(p, x):
        h = jax.nn.relu(conv(p["conv1"], x.reshape(shape(28, 1))))
        h = jax.nn.relu(conv(p["conv2"], h))
        return jax.nn.relu(dense(p["hidden"], h.reshape(len(x), 3136)))

    def decoder(p, z):
        h = jax.nn.relu(dense(p["images"], jax.nn.relu(dense(p["decoder"], z))))
        h = jax.nn.relu(deconv(p["deconv1"], h.reshape(shape(7, 64))))
        return deconv(p["deconv2"], h).reshape(len(z), PIXELS)

    return encoder, decoder


def log_prob(logits, x):
    """log p(x) of a Bernoulli from its logits, summed over the pixels."""
    return (x * logits - jax.nn.softplus(logits)).sum(1)


def adam(params, moments, grads, step):
    """Kingma & Ba (2015), algorithm 1."""
    first, second = moments
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, grads)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, grads)
    rate, scale = RATE / (1 - BETA1**step), 1 / (1 - BETA2**step)
    params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v * scale) + EPSILON), params, first, second)
    return params, (first, second)


def pixels():
    """A batch of the size of MNIST's, half of its pixels on."""
    return (jnp.arange(BATCH * PIXELS) % 2).astype(jnp.float32).reshape(BATCH, PIXELS)


def training(shapes, encoder, decoder):
    """Forward, backward and Adam."""

    def loss(p, x, key):
        """-ELBO by one sample of z, averaged over the batch."""
        h = encoder(p, x)
        mean, logvar = dense(p["mean"], h), dense(p["logvar"], h)
        z = mean + jnp.exp(0.5 * logvar) * jax.random.normal(key, mean.shape)
        kl = 0.5 * (mean**2 + jnp.exp(logvar) - 1.0 - logvar).sum(1)
        return (kl - log_prob(decoder(p, z), x)).mean()

    def update(state, x):
        params, moments, step, key = state
        key, noise = jax.random.split(key)
        value, grads = jax.value_and_grad(loss)(params, x, noise)
        step = step + 1
        params, moments = adam(params, moments, grads, step.astype(jnp.float32))
        return (params, moments, step, key), value

    params = initial(shapes)
    moments = tuple(jax.tree.map(jnp.zeros_like, params) for _ in range(2))
    state = (params, moments, jnp.int32(0), jax.random.key(0))
    x, update = pixels(), jax.jit(update, donate_argnums=0)

    def step():
        nonlocal state
        state, value = update(state, x)
        jax.block_until_ready((state, value))
        return value

    return step


def bernoulli():
    """log p(x) from logits, and its gradient."""
    x, logits = pixels(), jax.random.normal(jax.random.key(0), (BATCH, PIXELS))
    ones = jnp.ones(BATCH)

    @jax.jit
    def value_and_gradient(logits, x):
        value, pull_back = jax.vjp(lambda logits: log_prob(logits, x), logits)
        return value, pull_back(ones)

    return lambda: jax.block_until_ready(value_and_gradient(logits, x))


def exp():
    x, function = jax.random.normal(jax.random.key(0), (100_000,)), jax.jit(jnp.exp)
    return lambda: function(x).block_until_ready()


def normal():
    function = jax.jit(lambda key: jax.random.normal(key, (1_000_000,)))
    key = jax.random.key(0)
    return lambda: function(key).block_until_ready()


def sample_and_kl(shape):
    """z = mean + sigma * eps and KL(q || N(0, I)), and their gradients, where each element of z gets 1."""
    wave = jnp.sin(jnp.arange(shape[0] * shape[1], dtype=jnp.float32)).reshape(shape)

    def loss(mean, logvar, key):
        z = mean + jnp.exp(0.5 * logvar) * jax.random.normal(key, shape)
        kl = 0.5 * (mean**2 + jnp.exp(logvar) - 1.0 - logvar).sum(1)
        return kl.mean() + z.sum(), z

    function = jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))
    mean, logvar, key = wave, 0.5 * wave, jax.random.key(0)
    return lambda: jax.block_until_ready(function(mean, logvar, key))


def shape_of(id):
    """(batch, latent) of `sample_kl_BxZ`."""
    return tuple(int(size) for size in id.removeprefix("sample_kl_").split("x"))


def variants(id, _program, _threads):
    """(name, step) for each way of doing the work of `id`."""
    if id.startswith("mlp"):
        yield "", training(MLP, mlp_encoder, mlp_decoder)
    elif id.startswith("conv"):
        for layout in ("NHWC", "NCHW"):
            yield layout, training(CONV, *conv_coders(layout))
    elif id.startswith("bernoulli"):
        yield "", bernoulli()
    elif id.startswith("exp"):
        yield "", exp()
    elif id.startswith("normal"):
        yield "", normal()
    else:
        yield "", sample_and_kl(shape_of(id))
