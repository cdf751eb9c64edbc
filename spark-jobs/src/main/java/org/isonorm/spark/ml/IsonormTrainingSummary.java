package org.isonorm.spark.ml;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.isonorm.spark.api.ModelEvaluation;
import org.isonorm.spark.api.TrainingProgress;

/** How a model was trained. Lives on the driver; a model that was loaded has none. */
public final class IsonormTrainingSummary {
  private static final StructType METRICS =
      new StructType()
          .add("epoch", DataTypes.IntegerType, false)
          .add("step", DataTypes.LongType, false)
          .add("examplesSeen", DataTypes.LongType, false)
          .add("learningRate", DataTypes.DoubleType, false)
          .add("trainingLoss", DataTypes.DoubleType, false)
          .add("trainingAccuracy", DataTypes.DoubleType, false)
          .add("validationLoss", DataTypes.DoubleType)
          .add("validationAccuracy", DataTypes.DoubleType)
          .add("imagesPerSecond", DataTypes.DoubleType, false);

  private final SparkSession spark;
  private final List<TrainingProgress> epochs;
  private final ModelEvaluation evaluation;

  IsonormTrainingSummary(
      SparkSession spark, List<TrainingProgress> epochs, ModelEvaluation evaluation) {
    this.spark = spark;
    this.epochs = List.copyOf(epochs);
    this.evaluation = evaluation;
  }

  /** The metrics of every epoch. */
  public List<TrainingProgress> epochs() {
    return epochs;
  }

  /** The metrics of every epoch as a DataFrame; those of validation are null without any. */
  public Dataset<Row> metrics() {
    return spark.createDataFrame(
        epochs.stream()
            .map(
                epoch ->
                    RowFactory.create(
                        epoch.epoch(),
                        epoch.step(),
                        epoch.examplesSeen(),
                        epoch.learningRate(),
                        epoch.trainingLoss(),
                        epoch.trainingAccuracy(),
                        epoch.validationLoss().isPresent()
                            ? epoch.validationLoss().getAsDouble()
                            : null,
                        epoch.validationAccuracy().isPresent()
                            ? epoch.validationAccuracy().getAsDouble()
                            : null,
                        epoch.imagesPerSecond()))
            .toList(),
        METRICS);
  }

  /** Epochs that were trained. */
  public int totalIterations() {
    return epochs.size();
  }

  /** Mean training loss of every epoch. */
  public double[] objectiveHistory() {
    return epochs.stream().mapToDouble(TrainingProgress::trainingLoss).toArray();
  }

  /**
   * The model's evaluation on the rows kept for validation, or without any on those that trained.
   */
  public ModelEvaluation evaluation() {
    return evaluation;
  }
}
