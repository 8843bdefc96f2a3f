//! What the others are variations of.
use vae::prelude::*;

type Encoder = GaussianEncoder<Mlp<Const<784>, Const<400>>, Const<20>>;
type Decoder = BernoulliDecoder<Mlp<Const<20>, Const<400>>, Const<784>>;
type Model = Vae<Encoder, Decoder, StandardNormal<Const<20>>>;

fn main() {
    Model::build(&Cpu::default()).sample(1, Noise::new(0, "prior"));
}
