package org.isonorm.data.augmentation;

/** How the examples of a batch are mixed with each other. */
public enum MixingMethod {
  /** Not at all. */
  NONE,
  /** Whole images are averaged (Zhang, Cisse, Dauphin and Lopez-Paz 2018). */
  MIXUP,
  /** A box is taken from another image (Yun, Han, Oh, Chun, Choe and Yoo 2019). */
  CUTMIX,
  /** All of another image is made smaller and pasted in (Qin, Fang, Zhang, Liu and Wang 2020). */
  RESIZEMIX,
  /** Hidden states are averaged (Verma, Lamb, Beckham, Najafi, Mitliagkas, et al. 2019). */
  MANIFOLD_MIXUP
}
