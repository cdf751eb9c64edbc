package org.isonorm.network.graph;

import java.util.random.RandomGenerator;
import org.isonorm.init.SeedStream;
import org.isonorm.network.definition.NetworkDefinition;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Gaussian images in NHWC with random one-hot labels, the same for the same seed. */
public record RandomBatch(INDArray features, INDArray labels) {

  public static RandomBatch of(NetworkDefinition definition, int size, long seed) {
    RandomGenerator random = SeedStream.of(seed).named("batch").generator();
    int pixels = definition.imageHeight() * definition.imageWidth() * definition.imageChannels();
    float[] features = new float[size * pixels];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    float[] labels = new float[size * definition.classes()];
    for (int row = 0; row < size; row++) {
      labels[row * definition.classes() + random.nextInt(definition.classes())] = 1;
    }
    return new RandomBatch(
        Nd4j.createFromArray(features)
            .reshape(
                'c',
                size,
                definition.imageHeight(),
                definition.imageWidth(),
                definition.imageChannels()),
        Nd4j.createFromArray(labels).reshape('c', size, definition.classes()));
  }
}
