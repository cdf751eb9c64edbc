package org.isonorm.spark.ml;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.isonorm.spark.predict.Score;
import org.isonorm.spark.predict.Scored;
import org.isonorm.spark.predict.Scoring;

/**
 * Adds to the rows of a partition what a model says of their images. Created on the driver;
 * serialized to executors.
 */
record Predictions(Scoring<Row> scoring, List<Output> outputs, InvalidImages invalid)
    implements MapPartitionsFunction<Row, Row>, Serializable {
  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    Iterator<Scored<Row>> scored = scoring.score(rows);
    return new Iterator<>() {
      private Row next;

      @Override
      public boolean hasNext() {
        while (next == null && scored.hasNext()) {
          next = row(scored.next());
        }
        return next != null;
      }

      @Override
      public Row next() {
        if (!hasNext()) {
          throw new java.util.NoSuchElementException();
        }
        Row row = next;
        next = null;
        return row;
      }
    };
  }

  /** A row with its predictions; null where it is left out. */
  private Row row(Scored<Row> scored) {
    if (scored.outcome() instanceof Scored.Done done) {
      return with(scored.row(), done.score());
    }
    String reason = ((Scored.Unreadable) scored.outcome()).reason();
    return switch (invalid) {
      case ERROR -> throw new UncheckedIOException(new IOException(reason));
      case SKIP -> null;
      case KEEP -> with(scored.row(), null);
    };
  }

  private Row with(Row row, Score score) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < row.length(); i++) {
      values.add(row.get(i));
    }
    for (Output output : outputs) {
      values.add(score == null ? null : value(output, score));
    }
    return RowFactory.create(values.toArray());
  }

  private static Object value(Output output, Score score) {
    return switch (output) {
      case RAW_PREDICTION -> vector(score.logits());
      case PROBABILITY -> vector(score.probabilities());
      case PREDICTION -> (double) score.best();
    };
  }

  private static Vector vector(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return Vectors.dense(wide);
  }
}
