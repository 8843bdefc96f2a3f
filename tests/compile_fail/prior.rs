//! The prior is of another dimension.

//~ `<vae::prelude::StandardNormal<vae::prelude::Const<32>> as vae::prelude::Prior<f32>>::Latent = vae::prelude::Const<20>`
use vae::prelude::*;

type Encoder = GaussianEncoder<Mlp<Const<784>, Const<400>>, Const<20>>;
type Decoder = BernoulliDecoder<Mlp<Const<20>, Const<400>>, Const<784>>;
type Model = Vae<Encoder, Decoder, StandardNormal<Const<32>>>;

fn main() {
    Model::build(&Cpu::default()).sample(1, Noise::new(0, "prior"));
}
