package org.isonorm.spark.tensorboard;

import org.nd4j.shade.protobuf.DescriptorProtos.DescriptorProto;
import org.nd4j.shade.protobuf.DescriptorProtos.FieldDescriptorProto;
import org.nd4j.shade.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import org.nd4j.shade.protobuf.DescriptorProtos.FileDescriptorProto;
import org.nd4j.shade.protobuf.Descriptors.Descriptor;
import org.nd4j.shade.protobuf.Descriptors.DescriptorValidationException;
import org.nd4j.shade.protobuf.Descriptors.FileDescriptor;
import org.nd4j.shade.protobuf.DynamicMessage;
import org.tensorflow.framework.Summary;

/**
 * The messages Event and SessionLog of TensorFlow's event.proto, as far as they are written here.
 * ND4J brings the generated classes of summary.proto, which they contain, but not theirs.
 */
final class EventSchema {
  private static final int SESSION_START = 1;

  private static final FileDescriptor FILE = file();
  static final Descriptor EVENT = FILE.findMessageTypeByName("Event");
  private static final Descriptor SESSION_LOG = FILE.findMessageTypeByName("SessionLog");

  private EventSchema() {}

  static DynamicMessage version(double wallTime, String version) {
    return event(wallTime).setField(EVENT.findFieldByName("file_version"), version).build();
  }

  /** A session that begins at a step: what earlier ones wrote of it and later ones is void. */
  static DynamicMessage start(double wallTime, long step) {
    // An enum and an int32 are written alike.
    DynamicMessage start =
        DynamicMessage.newBuilder(SESSION_LOG)
            .setField(SESSION_LOG.findFieldByName("status"), SESSION_START)
            .build();
    return event(wallTime)
        .setField(EVENT.findFieldByName("step"), step)
        .setField(EVENT.findFieldByName("session_log"), start)
        .build();
  }

  static DynamicMessage summary(double wallTime, long step, Summary summary) {
    return event(wallTime)
        .setField(EVENT.findFieldByName("step"), step)
        .setField(EVENT.findFieldByName("summary"), summary)
        .build();
  }

  private static DynamicMessage.Builder event(double wallTime) {
    return DynamicMessage.newBuilder(EVENT).setField(EVENT.findFieldByName("wall_time"), wallTime);
  }

  private static FileDescriptor file() {
    Descriptor summary = Summary.getDescriptor();
    DescriptorProto sessionLog =
        DescriptorProto.newBuilder()
            .setName("SessionLog")
            .addField(field("status", 1, Type.TYPE_INT32))
            .build();
    DescriptorProto event =
        DescriptorProto.newBuilder()
            .setName("Event")
            .addField(field("wall_time", 1, Type.TYPE_DOUBLE))
            .addField(field("step", 2, Type.TYPE_INT64))
            .addField(field("file_version", 3, Type.TYPE_STRING))
            .addField(
                field("summary", 5, Type.TYPE_MESSAGE).setTypeName("." + summary.getFullName()))
            .addField(
                field("session_log", 7, Type.TYPE_MESSAGE).setTypeName(".tensorflow.SessionLog"))
            .build();
    FileDescriptorProto file =
        FileDescriptorProto.newBuilder()
            .setName("isonorm/event.proto")
            .setPackage("tensorflow")
            .setSyntax("proto3")
            .addDependency(summary.getFile().getName())
            .addMessageType(sessionLog)
            .addMessageType(event)
            .build();
    try {
      return FileDescriptor.buildFrom(file, new FileDescriptor[] {summary.getFile()});
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException("Invalid event schema: " + e.getMessage(), e);
    }
  }

  private static FieldDescriptorProto.Builder field(String name, int number, Type type) {
    return FieldDescriptorProto.newBuilder().setName(name).setNumber(number).setType(type);
  }
}
