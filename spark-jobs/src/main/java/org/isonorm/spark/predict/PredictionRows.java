package org.isonorm.spark.predict;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of predictions: {@code path} and {@code index} of the image, {@code prediction} and its
 * {@code probability}, the most probable classes if they are asked for, {@code error} where there
 * is no prediction. Serialized to executors.
 *
 * @param top classes told of an image
 * @param flat whether they are columns {@code class_2, probability_2, …} and not an array {@code
 *     top}
 */
record PredictionRows(List<String> classNames, int top, boolean flat) implements Serializable {
  private static final DataType CLASSES =
      DataTypes.createArrayType(
          new StructType()
              .add("class", DataTypes.StringType, false)
              .add("probability", DataTypes.DoubleType, false),
          false);

  static StructType schema(int top, boolean flat) {
    StructType schema =
        new StructType()
            .add("path", DataTypes.StringType)
            .add("index", DataTypes.LongType)
            .add("prediction", DataTypes.StringType)
            .add("probability", DataTypes.DoubleType);
    if (flat) {
      for (int rank = 2; rank <= top; rank++) {
        schema =
            schema
                .add("class_" + rank, DataTypes.StringType)
                .add("probability_" + rank, DataTypes.DoubleType);
      }
    } else if (top > 1) {
      schema = schema.add("top", CLASSES);
    }
    return schema.add("error", DataTypes.StringType);
  }

  Row row(PredictionInput.Origin origin, Scored.Outcome outcome) {
    List<Object> values = new ArrayList<>();
    values.add(origin.path());
    values.add(origin.index());
    if (outcome instanceof Scored.Done done) {
      add(done.score(), values);
      values.add(null);
    } else {
      int classColumns = flat ? 2 * top : top > 1 ? 3 : 2;
      for (int i = 0; i < classColumns; i++) {
        values.add(null);
      }
      values.add(((Scored.Unreadable) outcome).reason());
    }
    return RowFactory.create(values.toArray());
  }

  private void add(Score score, List<Object> values) {
    List<Integer> best = score.top(top);
    List<Row> classes = new ArrayList<>();
    for (int rank = 0; rank < top; rank++) {
      String name = classNames.get(best.get(rank));
      double probability = score.probabilities()[best.get(rank)];
      classes.add(RowFactory.create(name, probability));
      if (rank == 0 || flat) {
        values.add(name);
        values.add(probability);
      }
    }
    if (top > 1 && !flat) {
      values.add(classes.toArray());
    }
  }
}
