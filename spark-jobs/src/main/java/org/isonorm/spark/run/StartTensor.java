package org.isonorm.spark.run;

/**
 * A row of weights.csv: a tensor of a network that started from another's weights, or one of the
 * other's that it has no place for. The components are the file's columns.
 *
 * @param tensor its name, torchvision's where it has such a network
 * @param layer of the network, empty where it has no place for the tensor
 * @param fate taken, anew or left
 * @param note why it was not taken, or how where that is not as it is there
 */
public record StartTensor(String tensor, String layer, String fate, String note) {
  /** The file. */
  public static final RecordTable<StartTensor> TABLE = new RecordTable<>(StartTensor.class);
}
