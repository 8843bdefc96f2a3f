//! The decoder gives another observation than the encoder takes.

//~ the following trait bounds were not satisfied
//~ as vae::prelude::Decoder<f32>>::Output = vae::prelude::Const<784>`
//~ vae::prelude::Const<1024>
use vae::prelude::*;

type Encoder = GaussianEncoder<Mlp<Const<784>, Const<400>>, Const<20>>;
type Decoder = BernoulliDecoder<Mlp<Const<20>, Const<400>>, Const<1024>>;
type Model = Vae<Encoder, Decoder, StandardNormal<Const<20>>>;

fn main() {
    Model::build(&Cpu::default()).sample(1, Noise::new(0, "prior"));
}
